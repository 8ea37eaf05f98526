//! Import of the users of other systems, and export.

mod round_trip;
mod sources;
mod store;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use signet::{
    identity::{External, Role},
    import::{
        ImportObserver, ImportOptions, ImportReport, ImportSource, Importer, ProviderNames,
        RefusedRow, SourceFiles, append_exported, export_page,
    },
    store::Store,
};

use crate::support::TestService;

/// The options of an import without options.
fn options(source: ImportSource, now: DateTime<Utc>) -> ImportOptions {
    ImportOptions {
        source,
        now,
        providers: ProviderNames::default(),
        allows_weak: false,
        hash_config: None,
        pepper: None,
        is_dry_run: false,
    }
}

/// The file of this name among those of the sources.
fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/import/files");
    folder.join(name)
}

/// The refusals of an import, as `FILE:LINE: REASON`.
#[derive(Default)]
struct Refusals(Vec<String>);

impl ImportObserver for Refusals {
    fn refused(&mut self, refusal: RefusedRow<'_>) {
        let RefusedRow { line, reason, .. } = refusal;
        if refusal.is_rest {
            self.0.push(refusal.cause.unwrap().to_owned());
        }
        let file = refusal.file.file_name().unwrap().to_str().unwrap();
        self.0.push(format!("{file}:{line}: {}", reason.as_str()));
    }

    fn has_account(&mut self, _: &External) {}

    fn has_role(&mut self, _: &Role) {}

    fn advanced(&mut self, _: u64) {}
}

/// Imports files into a service. Returns the numbers `[imported, unchanged, refused]` and the refusals.
async fn import(
    service: &TestService,
    options: ImportOptions,
    files: &[PathBuf],
) -> ([u64; 3], Vec<String>) {
    let app = &service.app;
    let importer = Importer {
        store: Some(app.store.clone()),
        hasher: app.hasher.clone(),
        entropy: app.entropy.clone(),
        options,
    };
    let mut files = SourceFiles::open(importer.options.source, files).unwrap();
    let (mut report, mut refusals) = (ImportReport::default(), Refusals::default());
    let done = importer.run(&mut files, &mut report, &mut refusals);
    done.await.unwrap();
    let numbers = [report.imported, report.unchanged, report.refused];
    (numbers, refusals.0)
}

/// The whole export of a database.
async fn exported(store: &Store) -> String {
    let (mut text, mut after) = (Vec::new(), None);
    loop {
        let page = export_page(store, after).await.unwrap();
        let Some(last) = page.last() else {
            return String::from_utf8(text).unwrap();
        };
        after = Some(last.user.id);
        for user in &page {
            append_exported(&mut text, user).unwrap();
        }
    }
}
