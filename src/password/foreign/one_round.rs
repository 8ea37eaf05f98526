//! One round of a hash function or of HMAC, with or without a salt. All of these are weak.
//!
//! The stored texts, which occur only inside of a wrapped hash: `$signet-digest$h=md5,f=TEMPLATE$SALT` and
//! `$signet-hmac$h=sha256$KEY`.

use super::{
    ForeignHash, HashRefusal,
    fields::{self, NamedParameters},
    hash_function::HashFunction,
    limits,
};

const DIGEST: &str = "$signet-digest$";
const HMAC: &str = "$signet-hmac$";

/// The place of the password and of the salt in a template.
const PASSWORD: &str = "{PASSWORD}";
const SALT: &str = "{SALT}";

/// The function of a password and a salt or key.
#[derive(Debug)]
enum OneRoundUse {
    /// The digest of a template that contains the password.
    Template(String),
    /// The HMAC of the password, with the salt as the key.
    Hmac,
}

/// The parameters.
#[derive(Debug)]
pub(super) struct OneRound {
    function: HashFunction,
    used: OneRoundUse,
    salt: Vec<u8>,
}

impl OneRound {
    /// Creates a hash of the password alone.
    ///
    /// # Errors
    /// The digest has a wrong length.
    pub(super) fn unsalted(
        function: HashFunction,
        digest: Vec<u8>,
    ) -> Result<ForeignHash, HashRefusal> {
        Self::salted(function, PASSWORD, vec![], digest)
    }

    /// Creates a hash of the salt and the password, or of the password and the salt.
    ///
    /// # Errors
    /// The digest has a wrong length, or the salt is too long.
    pub(super) fn joined(
        function: HashFunction,
        salt_is_first: bool,
        salt: Vec<u8>,
        digest: Vec<u8>,
    ) -> Result<ForeignHash, HashRefusal> {
        let template = if salt_is_first {
            "{SALT}{PASSWORD}"
        } else {
            "{PASSWORD}{SALT}"
        };
        Self::salted(function, template, salt, digest)
    }

    /// Creates a hash of a template with `{PASSWORD}` and `{SALT}`.
    ///
    /// # Errors
    /// The digest has a wrong length, the salt is too long, or the template does not contain the password.
    pub(super) fn salted(
        function: HashFunction,
        template: &str,
        salt: Vec<u8>,
        digest: Vec<u8>,
    ) -> Result<ForeignHash, HashRefusal> {
        if !template.contains(PASSWORD) {
            return Err(HashRefusal::Malformed);
        }
        Self::new(function, OneRoundUse::Template(template.to_owned()), salt)?.with(digest)
    }

    /// Creates a hash from an HMAC.
    ///
    /// # Errors
    /// The digest has a wrong length, or the key is too long.
    pub(super) fn hmac(
        function: HashFunction,
        key: Vec<u8>,
        digest: Vec<u8>,
    ) -> Result<ForeignHash, HashRefusal> {
        Self::new(function, OneRoundUse::Hmac, key)?.with(digest)
    }

    fn new(function: HashFunction, used: OneRoundUse, salt: Vec<u8>) -> Result<Self, HashRefusal> {
        limits::salt(&salt)?;
        Ok(Self {
            function,
            used,
            salt,
        })
    }

    fn with(self, digest: Vec<u8>) -> Result<ForeignHash, HashRefusal> {
        if digest.len() != self.function.output_bytes() {
            return Err(HashRefusal::Malformed);
        }
        Ok(ForeignHash::new(self, digest))
    }

    /// Reads a stored text without the digest.
    ///
    /// # Errors
    /// [`HashRefusal::UnknownHash`] for another scheme.
    pub(super) fn parse_head(text: &str) -> Result<Self, HashRefusal> {
        let (is_hmac, rest) = match (text.strip_prefix(HMAC), text.strip_prefix(DIGEST)) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(HashRefusal::UnknownHash),
        };
        let [parameters, salt] = fields::split(rest)?;
        let mut parameters = NamedParameters::parse(parameters)?;
        let function = parameters.take("h").and_then(HashFunction::named);
        let function = function.ok_or(HashRefusal::UnknownHash)?;
        let used = if is_hmac {
            OneRoundUse::Hmac
        } else {
            let template =
                fields::from_base64(parameters.take("f").ok_or(HashRefusal::Malformed)?)?;
            let template = String::from_utf8(template).map_err(|_| HashRefusal::Malformed)?;
            if !template.contains(PASSWORD) {
                return Err(HashRefusal::Malformed);
            }
            OneRoundUse::Template(template)
        };
        parameters.finish()?;
        let salt = fields::from_base64(salt)?;
        Self::new(function, used, salt)
    }

    /// Returns true if the passwords of WordPress may have been hashed like this.
    pub(super) fn trims(&self) -> bool {
        matches!(&self.used, OneRoundUse::Template(template) if template == PASSWORD)
    }

    /// Returns the stored text without the digest.
    pub(super) fn head(&self) -> String {
        let (function, salt) = (self.function.name(), fields::base64(&self.salt));
        match &self.used {
            OneRoundUse::Hmac => format!("{HMAC}h={function}${salt}"),
            OneRoundUse::Template(template) => {
                let template = fields::base64(template.as_bytes());
                format!("{DIGEST}h={function},f={template}${salt}")
            }
        }
    }

    /// Computes the digest of a password.
    pub(super) fn digest(&self, password: &[u8]) -> Vec<u8> {
        let template = match &self.used {
            OneRoundUse::Hmac => return self.function.hmac(&self.salt, password),
            OneRoundUse::Template(template) => template,
        };
        let mut parts: Vec<&[u8]> = Vec::new();
        let mut rest = template.as_str();
        loop {
            let next = [(PASSWORD, password), (SALT, self.salt.as_slice())]
                .into_iter()
                .filter_map(|(mark, value)| Some((rest.split_once(mark)?, value)))
                .min_by_key(|((before, _), _)| before.len());
            let Some(((before, after), value)) = next else {
                parts.push(rest.as_bytes());
                return self.function.digest(&parts);
            };
            parts.extend([before.as_bytes(), value]);
            rest = after;
        }
    }
}
