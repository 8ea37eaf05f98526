//! One provider that vouches under as many issuers as it has tenants.

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
    /// Its keys say whose they are, and not what they sign by.
    fn whose_keys_are_of(issuer: &str) -> Self {
        let mut provider = Provider::new();
        let keys: Vec<Value> = published(&provider.mint)
            .into_iter()
            .map(|key| with(without(key, "alg"), "issuer", json!(issuer)))
            .collect();
        provider.keys = Provider::set(&keys);
        Self(provider)
    }

    fn judge(&self, rule: IssuerRule<'_>, iss: &str, tid: &Value) -> Result<(), TokenRejection> {
        let payload = with(self.0.payload(), "iss", json!(iss));
        let payload = with(payload, "tid", tid.clone());
        let token = self.0.signed(&self.0.header(), &payload);
        let expected = ExpectedIdToken {
            issuer: rule,
            ..EXPECTED
        };
        self.0.judge_by(&expected, &token).map(drop)
    }
}

#[test]
fn the_issuer_is_that_of_the_tenant_that_the_token_names() {
    let microsoft = Microsoft::whose_keys_are_of(TEMPLATE);
    let rule = IssuerRule::Microsoft(Tenants::Common);
    let judge = |iss: &str, tid: Value| microsoft.judge(rule, iss, &tid);
    assert_eq!(judge(&issuer(TENANT), json!(TENANT)), Ok(()));
    assert_eq!(judge(&issuer(PERSONAL), json!(PERSONAL)), Ok(()));
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
        assert_eq!(judge(&iss, tid.clone()), refused, "{iss} {tid}");
    }
    let payload = with(microsoft.0.payload(), "iss", json!(issuer(TENANT)));
    let token = microsoft.0.signed(&microsoft.0.header(), &payload);
    let expected = ExpectedIdToken {
        issuer: rule,
        ..EXPECTED
    };
    assert_eq!(
        microsoft.0.judge_by(&expected, &token).map(drop),
        refused,
        "no tid"
    );
}

#[test]
fn personal_accounts_are_in_no_organization() {
    let microsoft = Microsoft::whose_keys_are_of(TEMPLATE);
    let judge = |tenant: &str| {
        let rule = IssuerRule::Microsoft(Tenants::Organizations);
        microsoft.judge(rule, &issuer(tenant), &json!(tenant))
    };
    assert_eq!(judge(TENANT), Ok(()));
    assert_eq!(judge(PERSONAL), Err(TokenRejection::Issuer));
}

#[test]
fn a_key_is_for_the_issuer_that_it_names() {
    let of_personal = Microsoft::whose_keys_are_of(&issuer(PERSONAL));
    let judge = |tenant: &str| {
        let rule = IssuerRule::Microsoft(Tenants::Common);
        of_personal.judge(rule, &issuer(tenant), &json!(tenant))
    };
    assert_eq!(judge(PERSONAL), Ok(()));
    assert_eq!(judge(TENANT), Err(TokenRejection::Issuer));

    // Where one tenant is configured, its issuer is the only one, and its keys say the same.
    for keys_of in [TEMPLATE.to_owned(), issuer(TENANT)] {
        let microsoft = Microsoft::whose_keys_are_of(&keys_of);
        let ours = issuer(TENANT);
        let judge = |tenant: &str, tid: Value| {
            microsoft.judge(IssuerRule::Exact(&ours), &issuer(tenant), &tid)
        };
        let refused = Err(TokenRejection::Issuer);
        assert_eq!(judge(TENANT, json!(TENANT)), Ok(()));
        assert_eq!(judge(PERSONAL, json!(PERSONAL)), refused);
        assert_eq!(judge(PERSONAL, json!(TENANT)), refused);
    }
    let of_nobody = Microsoft::whose_keys_are_of("");
    let rule = IssuerRule::Microsoft(Tenants::Common);
    let judged = of_nobody.judge(rule, &issuer(TENANT), &json!(TENANT));
    assert_eq!(judged, Err(TokenRejection::Issuer));
}
