//! Stores the rows of all files, 1,000 in a transaction.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    ImportObserver, ImportOptions, ImportRefusal, ImportReport, SourceFiles,
    batch::BatchRows,
    beginning::{FileBeginning, OtherFormat},
    files::UnreadableFile,
    known::{Decision, KnownKeys, SeenKeys},
    pending::PendingRow,
    record::ImportedRow,
};
use crate::{
    entropy::{Entropy, EntropyError},
    network::Network,
    password::{Hasher, HashingError},
    store::{self, Store},
};

/// The number of rows of a transaction.
const BATCH: usize = 1000;

/// The number of weak hashes that are wrapped at a time. The pool has fewer workers, and lets none wait for long.
const WRAPPED_AT_ONCE: usize = 4;

/// The most attempts to store a row that collides with changes by other processes.
const ATTEMPTS: usize = 3;

/// The reason why an import has stopped. What was stored before stays, and a repeated import continues.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] UnreadableFile),
    /// A file is not of the source.
    #[error(transparent)]
    OtherFormat(#[from] OtherFormat),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A hash cannot be sealed or wrapped.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The random source fails.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Imports users.
#[derive(Debug)]
pub struct Importer {
    /// The database. `None` for a dry run without one.
    pub store: Option<Store>,
    /// Wraps weak hashes and seals secret parameters.
    pub hasher: Hasher,
    /// The source of IDs and epochs.
    pub entropy: Entropy,
    /// The options.
    pub options: ImportOptions,
}

impl Importer {
    /// Imports all rows of the files.
    ///
    /// # Errors
    /// The import has stopped. The observer was told about all rows that are done.
    pub async fn run(
        &self,
        files: &mut SourceFiles,
        report: &mut ImportReport,
        observer: &mut impl ImportObserver,
    ) -> Result<(), ImportFailure> {
        let mut seen = SeenKeys::default();
        let mut beginning = FileBeginning::default();
        let mut place = 0;
        let mut is_read = false;
        while !is_read {
            let mut batch = Vec::new();
            let mut checked = Ok(());
            while batch.len() < BATCH && checked.is_ok() {
                let Some(row) = files.next(&mut place)? else {
                    is_read = true;
                    break;
                };
                let row = PendingRow::read(row, &self.options);
                checked = beginning.check(&row, files);
                batch.push(row);
            }
            self.settle(&mut batch, &mut seen).await?;
            for row in &batch {
                row.report(&*files, report, observer);
            }
            observer.advanced(files.bytes());
            checked?;
        }
        Ok(())
    }

    /// Decides on all rows and stores them together. If that collides with a change by another process, each row is
    /// stored by itself.
    async fn settle(
        &self,
        batch: &mut [PendingRow],
        seen: &mut SeenKeys,
    ) -> Result<(), ImportFailure> {
        if self.try_to_settle(batch, seen).await? {
            return Ok(());
        }
        for row in batch.chunks_mut(1) {
            let mut is_settled = false;
            for _ in 0..ATTEMPTS {
                is_settled = is_settled || self.try_to_settle(row, seen).await?;
            }
            if let ([row], false) = (row, is_settled) {
                row.outcome = Some(Decision::Refuse(ImportRefusal::AccountTaken));
            }
        }
        Ok(())
    }

    /// Decides on rows and stores them. Returns false if they have collided and nothing was stored.
    async fn try_to_settle(
        &self,
        batch: &mut [PendingRow],
        seen: &mut SeenKeys,
    ) -> Result<bool, ImportFailure> {
        let mut known = match &self.store {
            Some(store) => {
                let rows = batch.iter().filter_map(|pending| pending.row.as_ref().ok());
                KnownKeys::look_up(store, rows).await?
            }
            None => KnownKeys::default(),
        };
        let mut ids = Vec::new();
        for pending in &mut *batch {
            let id = pending.new_id(&self.entropy)?;
            pending.outcome = Some(match &pending.row {
                Ok(row) => known.decide(row, id, seen),
                Err(refusal) => Decision::Refuse(refusal.reason),
            });
            let is_there = matches!(
                pending.outcome,
                Some(Decision::Create | Decision::Unchanged)
            );
            if let Some(owner) = pending.owner.as_ref().filter(|_| !is_there) {
                seen.refuse(owner);
            }
            ids.push(id);
        }
        if self.options.is_dry_run {
            for pending in &*batch {
                if let (Some(Decision::Create), Ok(ImportedRow::User(user))) =
                    (pending.outcome, &pending.row)
                {
                    seen.plan(user);
                }
            }
            return Ok(true);
        }
        self.make_verifiers(batch).await?;
        let now = self.options.now;
        let mut rows = BatchRows::new(now, &self.entropy);
        for (pending, id) in batch.iter().zip(ids) {
            let verifier = pending.verifier.as_ref();
            match (pending.outcome, &pending.row) {
                (Some(Decision::Create), Ok(ImportedRow::User(user))) => {
                    rows.add_user(user, id, verifier)?;
                }
                (Some(Decision::Add(owner)), Ok(ImportedRow::Identity(identity))) => {
                    rows.add_identity(identity, owner, verifier)?;
                }
                _ => {}
            }
        }
        match &self.store {
            Some(store) if !rows.rows.is_empty() => Ok(store.import_rows(&rows.rows, now).await?),
            _ => Ok(true),
        }
    }

    /// Makes the verifiers of the rows that will be stored.
    async fn make_verifiers(&self, batch: &mut [PendingRow]) -> Result<(), HashingError> {
        let place = self.hasher.reserve(Network::UNKNOWN)?;
        let hashes = batch.iter_mut().filter_map(|pending| {
            if !matches!(pending.outcome, Some(Decision::Create | Decision::Add(_))) {
                return None;
            }
            let hash = pending.row.as_mut().ok()?.take_hash()?;
            Some((&mut pending.verifier, hash))
        });
        stream::iter(hashes.map(|(verifier, hash)| {
            let place = &place;
            async move {
                *verifier = Some(hash.into_verifier(place).await?);
                Ok(())
            }
        }))
        .buffer_unordered(WRAPPED_AT_ONCE)
        .try_collect()
        .await
    }
}
