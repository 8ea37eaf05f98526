//! The common folder of keys, and the later copies of the nodes.

use std::{cell::RefCell, collections::BTreeSet, fs, path::Path, time::Duration};

use chrono::TimeDelta;
use signet::{
    config::Config,
    entropy::Entropy,
    keyring::{self, CheckedTime, KeyKind, RetiredSecrets, WrittenFile},
};
use tempfile::TempDir;
use tokio::time::Instant;

use super::{chance::Chance, clock::beginning};

/// The longest delay of a copy. A successor is published 15 minutes before it signs: the service needs 5 of them to read
/// its folder again, and consumers need 5 to fetch the keys.
const MAX_DELAY: u64 = 4 * 60;

/// The folder in which the operator rotates keys, with its changes in order.
#[derive(Debug)]
pub(super) struct CommonFolder {
    folder: TempDir,
    changes: RefCell<Vec<(Instant, String)>>,
    entropy: Entropy,
}

/// The copy of one node.
#[derive(Debug)]
pub(super) struct NodeFolder {
    pub(super) folder: TempDir,
    delay: Duration,
    /// The number of changes that were copied.
    copied: RefCell<usize>,
}

/// A folder in memory, if this machine has one for all.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

impl CommonFolder {
    /// A folder with a key and a secret that have signed for some time.
    pub(super) fn new(config: &Config, chance: &Chance, entropy: Entropy) -> Self {
        let common = Self {
            folder: folder(),
            changes: RefCell::default(),
            entropy,
        };
        let age = i64::try_from(chance.below(25 * 60)).unwrap();
        let signs_from = beginning() - TimeDelta::seconds(60 + age);
        let kinds = config.keys.algorithms.iter().map(|it| KeyKind::Key(*it));
        let kinds: Vec<_> = kinds.chain([KeyKind::Secret]).collect();
        let path = common.folder.path();
        keyring::write_successors(path, &kinds, signs_from, &common.entropy).unwrap();
        common
    }

    /// Writes the successors that are due and removes retired keys, as `signet keys rotate` and `signet keys prune` do.
    /// Returns the number of files that were written and removed.
    pub(super) fn rotate(&self, config: &Config, time: CheckedTime) -> (usize, usize) {
        let mut keys = config.keys.clone();
        self.folder.path().clone_into(&mut keys.folder);
        let (issuer, leeway) = (&config.issuer, config.tokens.leeway);
        let written = keyring::rotate(&keys, issuer, leeway, &self.entropy, time).unwrap();
        let pruned = keyring::prune(&keys, issuer, leeway, time, RetiredSecrets::Remove).unwrap();
        let files = written.iter().chain(&pruned.removed);
        let changed = files.map(|WrittenFile { file, .. }| (Instant::now(), file.to_string()));
        self.changes.borrow_mut().extend(changed);
        (written.len(), pruned.removed.len())
    }
}

impl NodeFolder {
    /// A copy of all files of the folder, which follows later changes after a delay.
    pub(super) fn new(common: &CommonFolder, chance: &Chance) -> Self {
        let copy = Self {
            folder: folder(),
            delay: chance.seconds(0, MAX_DELAY),
            copied: RefCell::new(common.changes.borrow().len()),
        };
        for entry in fs::read_dir(common.folder.path()).unwrap() {
            let name = entry.unwrap().file_name();
            copy.follow(common, name.to_str().unwrap());
        }
        copy
    }

    /// Copies the changes that are old enough. Returns the files that have changed.
    pub(super) fn update(&self, common: &CommonFolder) -> BTreeSet<String> {
        let mut copied = self.copied.borrow_mut();
        let changes = common.changes.borrow();
        let due = |(at, _): &&(Instant, String)| at.elapsed() >= self.delay;
        let due: BTreeSet<_> = changes[*copied..].iter().take_while(due).collect();
        *copied += due.len();
        let names: BTreeSet<_> = due.into_iter().map(|(_, name)| name.clone()).collect();
        for name in &names {
            self.follow(common, name);
        }
        names
    }

    fn follow(&self, common: &CommonFolder, name: &str) {
        let (from, to) = (
            common.folder.path().join(name),
            self.folder.path().join(name),
        );
        if from.exists() {
            fs::copy(from, to).unwrap();
        } else {
            fs::remove_file(to).unwrap();
        }
    }
}
