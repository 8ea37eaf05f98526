//! Imports the users of other systems, and exports the users of Signet.
//!
//! Each source has a reader of its rows; all of them end in the same records. Rows are stored in transactions of 1,000.
//! The ID at the source is kept as an account of the type `import`, by which a repeated import recognises the user.

mod batch;
mod beginning;
mod context;
mod export;
mod files;
mod importer;
mod known;
mod pending;
mod providers;
mod reader;
mod record;
mod refusal;
mod report;
mod row;
mod source;
mod sources;

pub use self::{
    beginning::OtherFormat,
    context::ImportOptions,
    export::{append_exported, export_page},
    files::SourceFiles,
    importer::{ImportFailure, Importer},
    providers::{ProviderNames, ProviderWithoutName},
    reader::MAX_ROW_BYTES,
    refusal::ImportRefusal,
    report::{ImportObserver, ImportReport, RefusedRow},
    source::ImportSource,
};
