//! Argon2id and its PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};

use crate::config::HashCost;

/// The output length, in bytes.
const OUTPUT_BYTES: usize = 32;

/// The highest cost of a stored string. Strings of this service stay below. A string that others wrote into
/// the database must not exhaust the service.
pub(super) const MAX_COST: HashCost = HashCost {
    memory_kib: 256 * 1024,
    iterations: 64,
    parallelism: 16,
};

/// The computation failed, which does not happen with valid parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HashFailed;

/// The parameters, salt and output of a stored password hash.
#[derive(Debug)]
pub(super) struct StoredHash {
    params: Params,
    salt: Salt,
    output: Output,
}

impl StoredHash {
    /// Parses a PHC string. Returns `None` for another algorithm or version, and for excessive parameters.
    pub(super) fn parse(text: &str, configured: HashCost) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        if hash.algorithm != ARGON2ID_IDENT || hash.version != Some(Version::V0x13.into()) {
            return None;
        }
        let params = Params::try_from(&hash).ok()?;
        let is_acceptable = params.m_cost() <= MAX_COST.memory_kib.max(configured.memory_kib)
            && params.t_cost() <= MAX_COST.iterations.max(configured.iterations)
            && params.p_cost() <= MAX_COST.parallelism.max(configured.parallelism);
        if !is_acceptable || !params.keyid().is_empty() || !params.data().is_empty() {
            return None;
        }
        Some(Self {
            params,
            salt: hash.salt?,
            output: hash.hash?,
        })
    }

    /// Returns the memory of one check, in KiB.
    pub(super) const fn memory_kib(&self) -> u32 {
        self.params.m_cost()
    }

    /// Returns the cost of one check, in KiB times passes.
    pub(super) fn work(&self) -> u64 {
        u64::from(self.params.m_cost()) * u64::from(self.params.t_cost())
    }

    /// Returns the hash that unknown emails are checked with: it has the configured cost, and an output
    /// that no password has.
    pub(super) fn dummy(cost: HashCost) -> Option<Self> {
        Some(Self {
            params: params(cost)?,
            salt: Salt::new(&[0; 16]).ok()?,
            output: Output::new(&[0; OUTPUT_BYTES]).ok()?,
        })
    }

    /// Returns true if `password` matches. Compares in constant time.
    pub(super) fn matches(
        &self,
        password: &[u8],
        memory: &mut Vec<Block>,
    ) -> Result<bool, HashFailed> {
        let mut bytes = vec![0; self.output.len()];
        compute(&self.params, password, &self.salt, &mut bytes, memory)?;
        Ok(Output::new(&bytes).map_err(|_| HashFailed)? == self.output)
    }

    /// Returns the work that this hash lacks in comparison with a present one.
    pub(super) fn missing_work(&self, cost: HashCost) -> Option<HashCost> {
        missing_work(self.work(), cost)
    }

    /// Returns true if the configured parameters are costlier: higher in some, lower in none. Nodes with
    /// different configurations do not replace each other's hashes.
    pub(super) fn is_outdated(&self, cost: HashCost) -> bool {
        let stored = HashCost {
            memory_kib: self.params.m_cost(),
            iterations: self.params.t_cost(),
            parallelism: self.params.p_cost(),
        };
        let [none_lower, some_higher] = {
            let pairs = [
                (cost.memory_kib, stored.memory_kib),
                (cost.iterations, stored.iterations),
                (cost.parallelism, stored.parallelism),
            ];
            [
                pairs.iter().all(|(now, then)| now >= then),
                pairs.iter().any(|(now, then)| now > then),
            ]
        };
        none_lower && some_higher
    }
}

/// Returns the work that lacks to a hash of that cost, in comparison with one that took `work`. Doing this work too keeps the
/// response time from revealing that an account has an older hash.
pub(super) fn missing_work(work: u64, cost: HashCost) -> Option<HashCost> {
    let missing = cost.work().checked_sub(work)?;
    let memory = missing / u64::from(cost.iterations);
    let memory_kib = u32::try_from(memory).ok()?;
    (memory_kib >= Params::MIN_M_COST * cost.parallelism).then_some(HashCost { memory_kib, ..cost })
}

/// Hashes a new password and formats the PHC string.
pub(super) fn hash(
    password: &[u8],
    salt: &[u8; 16],
    cost: HashCost,
    memory: &mut Vec<Block>,
) -> Result<String, HashFailed> {
    let params = params(cost).ok_or(HashFailed)?;
    let mut output = [0; OUTPUT_BYTES];
    compute(&params, password, salt, &mut output, memory)?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(|_| HashFailed)?,
        salt: Some(Salt::new(salt).map_err(|_| HashFailed)?),
        hash: Some(Output::new(&output).map_err(|_| HashFailed)?),
    };
    Ok(hash.to_string())
}

fn params(cost: HashCost) -> Option<Params> {
    let HashCost {
        memory_kib,
        iterations,
        parallelism,
    } = cost;
    Params::new(memory_kib, iterations, parallelism, Some(OUTPUT_BYTES)).ok()
}

/// Computes a hash. The function is not inlined, so that profiles can exclude it by its name.
#[inline(never)]
fn compute(
    params: &Params,
    password: &[u8],
    salt: &[u8],
    output: &mut [u8],
    memory: &mut Vec<Block>,
) -> Result<(), HashFailed> {
    memory.resize(params.block_count(), Block::default());
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password, salt, output, memory.as_mut_slice())
        .map_err(|_| HashFailed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOW: HashCost = HashCost {
        memory_kib: 8,
        iterations: 1,
        parallelism: 1,
    };

    #[test]
    fn hash_verifies_only_its_password() {
        let mut memory = Vec::new();
        let text = hash(b"correct horse", &[7; 16], LOW, &mut memory).unwrap();
        assert!(text.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{text}");
        let stored = StoredHash::parse(&text, LOW).unwrap();
        assert_eq!(stored.matches(b"correct horse", &mut memory), Ok(true));
        assert_eq!(stored.matches(b"correct horse ", &mut memory), Ok(false));
        assert!(!stored.is_outdated(LOW));
        let risen = HashCost {
            iterations: 2,
            ..LOW
        };
        assert!(stored.is_outdated(risen));
        let higher = hash(b"x", &[7; 16], risen, &mut memory).unwrap();
        assert!(!StoredHash::parse(&higher, LOW).unwrap().is_outdated(LOW));
        let other = HashCost {
            memory_kib: 16,
            iterations: 1,
            parallelism: 1,
        };
        assert!(!StoredHash::parse(&higher, LOW).unwrap().is_outdated(other));
    }

    /// The test vector of the reference implementation for Argon2id, version 1.3.
    #[test]
    fn reference_vector_verifies() {
        let text = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let stored = StoredHash::parse(text, LOW).unwrap();
        assert_eq!(stored.matches(b"password", &mut Vec::new()), Ok(true));
    }

    #[test]
    fn passwords_with_the_same_first_72_bytes_differ() {
        let mut memory = Vec::new();
        let [a, b] = ["a", "b"].map(|end| "x".repeat(72) + end);
        let text = hash(a.as_bytes(), &[7; 16], LOW, &mut memory).unwrap();
        let stored = StoredHash::parse(&text, LOW).unwrap();
        assert_eq!(stored.matches(b.as_bytes(), &mut memory), Ok(false));
    }

    #[test]
    fn excessive_cost_and_other_algorithms_are_rejected_without_hashing() {
        let salt_and_hash = "c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        for start in [
            "$argon2id$v=19$m=4294967295,t=1,p=1$",
            "$argon2id$v=19$m=65536,t=4294967295,p=1$",
            "$argon2id$v=19$m=65536,t=1,p=255$",
            "$argon2id$v=16$m=65536,t=2,p=1$",
            "$argon2i$v=19$m=65536,t=2,p=1$",
            "$argon2d$v=19$m=65536,t=2,p=1$",
            "$scrypt$ln=16,r=8,p=1$",
        ] {
            assert!(
                StoredHash::parse(&format!("{start}{salt_and_hash}"), LOW).is_none(),
                "{start}"
            );
        }
        assert!(StoredHash::parse("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ", LOW).is_none());
    }

    proptest! {
        #[test]
        fn arbitrary_stored_text_never_panics(text in "\\PC{0,60}|\\$argon2id\\$v=19\\$m=[0-9]{1,12},t=[0-9]{1,12},p=[0-9]{1,6}\\$[A-Za-z0-9+/]{0,30}\\$[A-Za-z0-9+/]{0,60}") {
            let _ = StoredHash::parse(&text, LOW);
        }

        #[test]
        fn formatted_hash_parses_to_the_same_parameters(
            memory_kib in 32_u32..200, iterations in 1_u32..4, parallelism in 1_u32..5,
            salt in any::<[u8; 16]>(), password in "\\PC{0,20}",
        ) {
            let cost = HashCost { memory_kib, iterations, parallelism };
            let mut memory = Vec::new();
            let text = hash(password.as_bytes(), &salt, cost, &mut memory).unwrap();
            let stored = StoredHash::parse(&text, LOW).unwrap();
            prop_assert_eq!(stored.work(), cost.work());
            prop_assert!(!stored.is_outdated(cost));
            prop_assert_eq!(stored.matches(password.as_bytes(), &mut memory), Ok(true));
            // The same salt and cost give the same text.
            prop_assert_eq!(hash(password.as_bytes(), &salt, cost, &mut memory), Ok(text));
        }

        #[test]
        fn accepted_cost_never_exceeds_the_maximum(
            memory_kib in prop_oneof![8..2000_u32, 200_000..400_000_u32, any::<u32>()],
            iterations in prop_oneof![1..100_u32, any::<u32>()],
            parallelism in prop_oneof![1..30_u32, any::<u32>()],
        ) {
            let text = format!("$argon2id$v=19$m={memory_kib},t={iterations},p={parallelism}$\
                                c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");
            if StoredHash::parse(&text, LOW).is_some() {
                prop_assert!(memory_kib <= MAX_COST.memory_kib && iterations <= MAX_COST.iterations);
                prop_assert!(parallelism <= MAX_COST.parallelism);
            }
        }
    }
}
