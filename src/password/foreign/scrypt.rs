//! scrypt (RFC 7914): `$scrypt$ln=14,r=8,p=1$SALT$HASH`, and the variants of Better Auth and Firebase.

use aws_lc_rs::{
    cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey},
    iv::FixedLength,
};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::{
    ForeignHash, HashRefusal, HashSecrets, PasswordDigest,
    fields::{self, NamedParameters},
    limits,
};
use crate::password::phc::HashFailed;

/// The length of the key that Firebase derives, in bytes.
const FIREBASE_KEY_BYTES: usize = 32;

/// The use of scrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScryptVariant {
    /// The output is the digest.
    Plain,
    /// The password is normalised to NFKC before, as Better Auth does.
    Nfkc,
    /// The output is a key of AES-256-CTR, and the digest is the encrypted signer key of a Firebase project.
    Firebase,
}

impl ScryptVariant {
    const ALL: [Self; 3] = [Self::Plain, Self::Nfkc, Self::Firebase];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Plain => "$scrypt$",
            Self::Nfkc => "$signet-scrypt-nfkc$",
            Self::Firebase => "$signet-firebase$",
        }
    }
}

/// The cost of scrypt.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScryptCost {
    /// The binary logarithm of N.
    pub(super) log_n: u32,
    pub(super) r: u32,
    pub(super) p: u32,
}

impl ScryptCost {
    /// Returns the binary logarithm of N.
    ///
    /// # Errors
    /// [`HashRefusal::HashParameters`]: N is no power of two.
    pub(super) fn log_of(n: u32) -> Result<u32, HashRefusal> {
        let is_power = n.is_power_of_two();
        is_power
            .then(|| n.ilog2())
            .ok_or(HashRefusal::HashParameters)
    }
}

/// The parameters of scrypt.
#[derive(Debug)]
pub(super) struct Scrypt {
    variant: ScryptVariant,
    params: ::scrypt::Params,
    cost: ScryptCost,
    salt: Vec<u8>,
    digest_bytes: usize,
}

impl Scrypt {
    /// Reads a stored text. `ln` is the binary logarithm of N; Kratos writes N itself, which no logarithm reaches.
    ///
    /// # Errors
    /// [`HashRefusal::UnknownHash`] for another scheme.
    pub(super) fn parse(text: &str) -> Result<ForeignHash, HashRefusal> {
        let mut variants = ScryptVariant::ALL.into_iter();
        let found = variants.find_map(|it| Some((it, text.strip_prefix(it.prefix())?)));
        let (variant, rest) = found.ok_or(HashRefusal::UnknownHash)?;
        let [parameters, salt, digest] = fields::split(rest)?;
        let mut parameters = NamedParameters::parse(parameters)?;
        let [ln, r, p] = ["ln", "r", "p"].map(|name| parameters.number(name));
        parameters.finish()?;
        let (ln, r, p) = (ln?, r?, p?);
        let log_n = if ln < 64 { ln } else { ScryptCost::log_of(ln)? };
        let [salt, digest] = [salt, digest].map(fields::from_base64);
        Self::with_digest(variant, ScryptCost { log_n, r, p }, salt?, digest?)
    }

    /// Creates a hash from its parts.
    ///
    /// # Errors
    /// The parameters exceed the limits, or the digest is too short.
    pub(super) fn with_digest(
        variant: ScryptVariant,
        cost: ScryptCost,
        salt: Vec<u8>,
        digest: Vec<u8>,
    ) -> Result<ForeignHash, HashRefusal> {
        let ScryptCost { log_n, r, p } = cost;
        limits::scrypt(log_n, r, p)?;
        limits::salt(&salt)?;
        limits::digest(&digest)?;
        let log_n = u8::try_from(log_n).map_err(|_| HashRefusal::HashParameters)?;
        let params = ::scrypt::Params::new(log_n, r, p);
        let scheme = Self {
            variant,
            params: params.map_err(|_| HashRefusal::HashParameters)?,
            cost,
            salt,
            digest_bytes: digest.len(),
        };
        Ok(ForeignHash::new(scheme, digest))
    }

    /// Returns true if a password cannot be checked without secret parameters.
    pub(super) fn needs_secrets(&self) -> bool {
        self.variant == ScryptVariant::Firebase
    }

    /// Returns the stored text without the digest.
    pub(super) fn head(&self) -> String {
        let ScryptCost { log_n, r, p } = self.cost;
        let (prefix, salt) = (self.variant.prefix(), fields::base64(&self.salt));
        format!("{prefix}ln={log_n},r={r},p={p}${salt}")
    }

    /// Computes the digest of a password.
    ///
    /// # Errors
    /// The secret parameters are missing.
    pub(super) fn digest(
        &self,
        password: &str,
        secrets: &HashSecrets,
    ) -> Result<PasswordDigest, HashFailed> {
        let digest = match self.variant {
            ScryptVariant::Plain => self.derive(password, &self.salt, self.digest_bytes)?,
            ScryptVariant::Nfkc => {
                let password: Zeroizing<String> = Zeroizing::new(password.nfkc().collect());
                self.derive(&password, &self.salt, self.digest_bytes)?
            }
            ScryptVariant::Firebase => {
                let (signer_key, separator) = secrets.firebase.as_ref().ok_or(HashFailed)?;
                let [signer_key, separator] =
                    [signer_key, separator].map(|text| fields::from_base64(text));
                let separator = separator.map_err(|_| HashFailed)?;
                let salt = [self.salt.as_slice(), &separator].concat();
                let key = self.derive(password, &salt, FIREBASE_KEY_BYTES)?;
                encrypt(&key, signer_key.map_err(|_| HashFailed)?)?
            }
        };
        Ok(Some(digest))
    }

    fn derive(
        &self,
        password: &str,
        salt: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, HashFailed> {
        let mut output = Zeroizing::new(vec![0; length]);
        ::scrypt::scrypt(password.as_bytes(), salt, &self.params, &mut output)
            .map_err(|_| HashFailed)?;
        Ok(output)
    }
}

/// Encrypts by AES-256-CTR from the counter 0, which is the same as to decrypt.
fn encrypt(key: &[u8], mut text: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, HashFailed> {
    let key = UnboundCipherKey::new(&AES_256, key).map_err(|_| HashFailed)?;
    let key = DecryptingKey::ctr(key).map_err(|_| HashFailed)?;
    let counter = DecryptionContext::Iv128(FixedLength::from([0; 16]));
    key.decrypt(&mut text, counter).map_err(|_| HashFailed)?;
    Ok(Zeroizing::new(text))
}
