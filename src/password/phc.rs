//! Argon2id and its PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};

use crate::config::HashCost;

/// Output length, in bytes.
const OUTPUT_BYTES: usize = 32;

/// The most that a stored string may ask for. Ours never do; what was put into the database by
/// other hands must not be able to exhaust the service.
const MOST: HashCost = HashCost {
    memory_kib: 256 * 1024,
    iterations: 64,
    parallelism: 16,
};

/// The arithmetic failed, which valid parameters never let it do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HashFailed;

/// What a stored password is checked with.
#[derive(Debug)]
pub(super) struct StoredHash {
    params: Params,
    salt: Salt,
    output: Output,
}

impl StoredHash {
    /// Reads a PHC string. `None` for another algorithm or version, and for absurd parameters.
    pub(super) fn parse(text: &str, configured: HashCost) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        if hash.algorithm != ARGON2ID_IDENT || hash.version != Some(Version::V0x13.into()) {
            return None;
        }
        let params = Params::try_from(&hash).ok()?;
        let sane = params.m_cost() <= MOST.memory_kib.max(configured.memory_kib)
            && params.t_cost() <= MOST.iterations.max(configured.iterations)
            && params.p_cost() <= MOST.parallelism.max(configured.parallelism);
        if !sane || !params.keyid().is_empty() || !params.data().is_empty() {
            return None;
        }
        Some(Self {
            params,
            salt: hash.salt?,
            output: hash.hash?,
        })
    }

    /// What one check costs, in KiB times passes.
    pub(super) fn work(&self) -> u64 {
        u64::from(self.params.m_cost()) * u64::from(self.params.t_cost())
    }

    /// What unknown addresses are checked with: the present cost, and an output that nothing has.
    pub(super) fn dummy(cost: HashCost) -> Option<Self> {
        Some(Self {
            params: params(cost)?,
            salt: Salt::new(&[0; 16]).ok()?,
            output: Output::new(&[0; OUTPUT_BYTES]).ok()?,
        })
    }

    /// Whether `password` is the one, in constant time.
    pub(super) fn matches(
        &self,
        password: &[u8],
        memory: &mut Vec<Block>,
    ) -> Result<bool, HashFailed> {
        let mut bytes = vec![0; self.output.len()];
        compute(&self.params, password, &self.salt, &mut bytes, memory)?;
        Ok(Output::new(&bytes).map_err(|_| HashFailed)? == self.output)
    }

    /// What is missing to the work of a present hash, in as much memory as it takes: whoever has an
    /// older hash must not be told from nobody by the time that takes.
    pub(super) fn missing_work(&self, cost: HashCost) -> Option<HashCost> {
        let missing = cost.work().checked_sub(self.work())?;
        let memory = missing / u64::from(cost.iterations);
        let memory_kib = u32::try_from(memory).ok()?;
        (memory_kib >= Params::MIN_M_COST * cost.parallelism)
            .then_some(HashCost { memory_kib, ..cost })
    }

    /// Whether the present parameters are costlier: higher in some, lower in none. Nodes that are
    /// configured differently for a while do not rewrite each other's work.
    pub(super) fn is_outdated(&self, cost: HashCost) -> bool {
        let made = HashCost {
            memory_kib: self.params.m_cost(),
            iterations: self.params.t_cost(),
            parallelism: self.params.p_cost(),
        };
        let [none_lower, some_higher] = {
            let pairs = [
                (cost.memory_kib, made.memory_kib),
                (cost.iterations, made.iterations),
                (cost.parallelism, made.parallelism),
            ];
            [
                pairs.iter().all(|(now, then)| now >= then),
                pairs.iter().any(|(now, then)| now > then),
            ]
        };
        none_lower && some_higher
    }
}

/// Hashes a new password into a PHC string.
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

/// Hashes. Profiles leave this out by its name.
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
    fn a_hash_verifies_its_password_and_no_other() {
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

    /// The reference implementation's own vector for Argon2id, version 1.3.
    #[test]
    fn the_reference_vector_verifies() {
        let text = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let stored = StoredHash::parse(text, LOW).unwrap();
        assert_eq!(stored.matches(b"password", &mut Vec::new()), Ok(true));
    }

    #[test]
    fn passwords_alike_in_their_first_72_bytes_differ() {
        let mut memory = Vec::new();
        let [a, b] = ["a", "b"].map(|end| "x".repeat(72) + end);
        let text = hash(a.as_bytes(), &[7; 16], LOW, &mut memory).unwrap();
        let stored = StoredHash::parse(&text, LOW).unwrap();
        assert_eq!(stored.matches(b.as_bytes(), &mut memory), Ok(false));
    }

    #[test]
    fn absurd_and_foreign_strings_are_refused_unexecuted() {
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
        fn no_stored_text_panics(text in "\\PC{0,60}|\\$argon2id\\$v=19\\$m=[0-9]{1,12},t=[0-9]{1,12},p=[0-9]{1,6}\\$[A-Za-z0-9+/]{0,30}\\$[A-Za-z0-9+/]{0,60}") {
            let _ = StoredHash::parse(&text, LOW);
        }

        #[test]
        fn what_is_formatted_is_read_the_same(
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
            // The same salt and cost again are the same text.
            prop_assert_eq!(hash(password.as_bytes(), &salt, cost, &mut memory), Ok(text));
        }

        #[test]
        fn nothing_asks_for_more_than_the_most(
            memory_kib in prop_oneof![8..2000_u32, 200_000..400_000_u32, any::<u32>()],
            iterations in prop_oneof![1..100_u32, any::<u32>()],
            parallelism in prop_oneof![1..30_u32, any::<u32>()],
        ) {
            let text = format!("$argon2id$v=19$m={memory_kib},t={iterations},p={parallelism}$\
                                c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");
            if StoredHash::parse(&text, LOW).is_some() {
                prop_assert!(memory_kib <= MOST.memory_kib && iterations <= MOST.iterations);
                prop_assert!(parallelism <= MOST.parallelism);
            }
        }
    }
}
