//! Microsoft, which has as many issuers as tenants.

use serde_json::{Value, json};

use super::{EXPECTED, Provider};
use crate::{
    key_set::tests::published,
    microsoft_tenants::Tenants,
    token::{
        ExpectedIdToken, IssuerRule, TokenRejection,
        tests::forged::{with, without},
    },
};

const TENANT: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

fn issuer(tenant: &str) -> String {
    TEMPLATE.replace("{tenantid}", tenant)
}

struct Microsoft(Provider);

impl Microsoft {
    /// A provider whose keys name their issuer and no algorithm.
    fn with_keys_for(issuer: &str) -> Self {
        let mut provider = Provider::new();
        let keys: Vec<Value> = published(&provider.mint)
            .into_iter()
            .map(|key| with(without(key, "alg"), "issuer", json!(issuer)))
            .collect();
        provider.keys = Provider::set(&keys);
        Self(provider)
    }

    fn verify(&self, rule: IssuerRule<'_>, iss: &str, tid: &Value) -> Result<(), TokenRejection> {
        let payload = with(self.0.payload(), "iss", json!(iss));
        let payload = with(payload, "tid", tid.clone());
        let token = self.0.signed(&self.0.header(), &payload);
        let expected = ExpectedIdToken {
            issuer: rule,
            ..EXPECTED
        };
        self.0.verify_expecting(&expected, &token).map(drop)
    }
}

#[test]
fn issuer_must_be_that_of_the_tenant_in_tid() {
    let microsoft = Microsoft::with_keys_for(TEMPLATE);
    let rule = IssuerRule::Microsoft(Tenants::Common);
    let verify = |iss: &str, tid: Value| microsoft.verify(rule, iss, &tid);
    assert_eq!(verify(&issuer(TENANT), json!(TENANT)), Ok(()));
    assert_eq!(verify(&issuer(PERSONAL), json!(PERSONAL)), Ok(()));
    let refused = Err(TokenRejection::Issuer);
    for (iss, tid) in [
        (issuer(TENANT), json!(PERSONAL)),
        (issuer(TENANT), json!(null)),
        (issuer(TENANT), json!([TENANT])),
        (issuer(TENANT), json!("")),
        (TEMPLATE.to_owned(), json!("{tenantid}")),
        (TEMPLATE.to_owned(), json!(TENANT)),
        (issuer("common"), json!("common")),
        (issuer("../evil"), json!("../evil")),
        (issuer(&TENANT.to_uppercase()), json!(TENANT.to_uppercase())),
        (
            issuer(&TENANT.replace('-', "")),
            json!(TENANT.replace('-', "")),
        ),
        (
            issuer(&format!("{{{TENANT}}}")),
            json!(format!("{{{TENANT}}}")),
        ),
        (format!("{}/", issuer(TENANT)), json!(TENANT)),
        (issuer(TENANT).replace("https", "http"), json!(TENANT)),
        (issuer(TENANT).replace("/v2.0", ""), json!(TENANT)),
        (format!("https://sts.windows.net/{TENANT}/"), json!(TENANT)),
        (format!("https://evil.example/{TENANT}/v2.0"), json!(TENANT)),
    ] {
        assert_eq!(verify(&iss, tid.clone()), refused, "{iss} {tid}");
    }
    let payload = with(microsoft.0.payload(), "iss", json!(issuer(TENANT)));
    let token = microsoft.0.signed(&microsoft.0.header(), &payload);
    let expected = ExpectedIdToken {
        issuer: rule,
        ..EXPECTED
    };
    assert_eq!(
        microsoft.0.verify_expecting(&expected, &token).map(drop),
        refused,
        "no tid"
    );
}

#[test]
fn personal_accounts_are_not_in_organizations() {
    let microsoft = Microsoft::with_keys_for(TEMPLATE);
    let verify = |tenant: &str| {
        let rule = IssuerRule::Microsoft(Tenants::Organizations);
        microsoft.verify(rule, &issuer(tenant), &json!(tenant))
    };
    assert_eq!(verify(TENANT), Ok(()));
    assert_eq!(verify(PERSONAL), Err(TokenRejection::Issuer));
}

#[test]
fn key_verifies_only_tokens_of_its_issuer() {
    let of_personal = Microsoft::with_keys_for(&issuer(PERSONAL));
    let verify = |tenant: &str| {
        let rule = IssuerRule::Microsoft(Tenants::Common);
        of_personal.verify(rule, &issuer(tenant), &json!(tenant))
    };
    assert_eq!(verify(PERSONAL), Ok(()));
    assert_eq!(verify(TENANT), Err(TokenRejection::Issuer));

    // If one tenant is configured, its issuer is the only accepted one, and the keys name the same.
    for keys_of in [TEMPLATE.to_owned(), issuer(TENANT)] {
        let microsoft = Microsoft::with_keys_for(&keys_of);
        let ours = issuer(TENANT);
        let verify = |tenant: &str, tid: Value| {
            microsoft.verify(IssuerRule::Exact(&ours), &issuer(tenant), &tid)
        };
        let refused = Err(TokenRejection::Issuer);
        assert_eq!(verify(TENANT, json!(TENANT)), Ok(()));
        assert_eq!(verify(PERSONAL, json!(PERSONAL)), refused);
        assert_eq!(verify(PERSONAL, json!(TENANT)), refused);
    }
    let of_nobody = Microsoft::with_keys_for("");
    let rule = IssuerRule::Microsoft(Tenants::Common);
    let verified = of_nobody.verify(rule, &issuer(TENANT), &json!(TENANT));
    assert_eq!(verified, Err(TokenRejection::Issuer));
}
