//! The files of an import, in the order in which they are read.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{
    ImportSource,
    reader::{NextRow, RowReader},
    sources::RowKind,
};

/// The open files of an import. Files with accounts of users are read after files with users.
pub struct SourceFiles(Vec<OpenedFile>);

struct OpenedFile {
    path: PathBuf,
    reader: RowReader,
    first: Option<NextRow>,
    kind: RowKind,
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct UnreadableFile {
    path: PathBuf,
    error: io::Error,
}

/// The next row of all files, and the place of its file.
pub(super) struct FileRow {
    pub(super) file: usize,
    /// The number of the element, if the file is an array.
    pub(super) element: Option<u64>,
    pub(super) next: NextRow,
}

impl SourceFiles {
    /// Opens the files and reads the first row of each.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn open(source: ImportSource, paths: &[PathBuf]) -> Result<Self, UnreadableFile> {
        let opened: Result<Vec<_>, _> = paths
            .iter()
            .map(|path| {
                OpenedFile::open(source, path.clone()).map_err(|error| UnreadableFile {
                    path: path.clone(),
                    error,
                })
            })
            .collect();
        let mut opened = opened?;
        opened.sort_by_key(|file| file.kind);
        Ok(Self(opened))
    }

    /// Returns the files in which no row was found.
    pub fn empty(&self) -> impl Iterator<Item = &Path> {
        let empty = |file: &&OpenedFile| matches!(file.first, Some(NextRow::End));
        self.0.iter().filter(empty).map(|file| file.path.as_path())
    }

    /// Returns the path of a file.
    pub fn path(&self, file: usize) -> PathBuf {
        self.0
            .get(file)
            .map(|it| it.path.clone())
            .unwrap_or_default()
    }

    /// Returns the number of bytes that were read.
    pub fn bytes(&self) -> u64 {
        self.0.iter().map(|file| file.reader.bytes()).sum()
    }

    /// Reads the next row of the file at that place, or of the files after it. `None` if all files have ended.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn next(&mut self, place: &mut usize) -> Result<Option<FileRow>, UnreadableFile> {
        while let Some(file) = self.0.get_mut(*place) {
            let next = match file.first.take() {
                Some(first) => Ok(first),
                None => file.reader.next(),
            };
            match next {
                Ok(NextRow::End) => *place += 1,
                Ok(next) => {
                    return Ok(Some(FileRow {
                        file: *place,
                        element: file.reader.element,
                        next,
                    }));
                }
                Err(error) => {
                    let path = file.path.clone();
                    return Err(UnreadableFile { path, error });
                }
            }
        }
        Ok(None)
    }
}

impl OpenedFile {
    fn open(source: ImportSource, path: PathBuf) -> io::Result<Self> {
        let mut reader = RowReader::open(&path, source.formats())?;
        let first = reader.next()?;
        let kind = match &first {
            NextRow::Row(_, row) => source.kind(row),
            _ => RowKind::Users,
        };
        Ok(Self {
            path,
            reader,
            first: Some(first),
            kind,
        })
    }
}
