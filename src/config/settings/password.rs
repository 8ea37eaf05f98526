//! Declarations: the table `password`.

use super::{Setting, SettingKind as Kind, SettingSection};

pub(super) const PASSWORD: SettingSection = SettingSection {
    header: "[password]",
    description: "Password rules and the cost of hashing with Argon2id.",
    settings: &[
        Setting::new(
            "password.min_length",
            Kind::Number,
            "The minimum length of a new password, in code points.",
        )
        .default("15")
        .between("8", "64"),
        Setting::new(
            "password.memory_kib",
            Kind::Number,
            "The memory of one hash, in KiB.",
        )
        .default("19456")
        .between("19456", "1048576"),
        Setting::new(
            "password.iterations",
            Kind::Number,
            "The number of passes over the memory. 1 needs a `password.memory_kib` of at least 47104.",
        )
        .default("2")
        .between("1", "64"),
        Setting::new("password.parallelism", Kind::Number, "The number of lanes.")
            .default("1")
            .between("1", "16"),
        Setting::new(
            "password.workers",
            Kind::Number,
            "The number of hashes that are computed at the same time. Each uses its own memory. Default: one less than \
             the number of processor cores, but at least 1.",
        )
        .between("1", "1024")
        .example("3"),
        Setting::new(
            "password.queue",
            Kind::Number,
            "The number of hashes that may wait. Requests beyond it are answered 503.",
        )
        .default("64")
        .between("1", "100000"),
        Setting::new(
            "password.queue_timeout",
            Kind::Duration,
            "The longest wait for a hash. A request that waited longer is answered 503.",
        )
        .default("5s")
        .between("1s", "1m"),
    ],
};
