//! Makes the index of a source map, or of a module of WebAssembly, in another process of this program.
//!
//! The parser of JavaScript calls itself for what is nested in a script, and a stack that overflows
//! ends the process (<https://github.com/oxc-project/oxc/issues/24375>): that one alone, here. The
//! index of such a script has no functions. Debug information that is broken costs that process alone, too; one that takes longer than
//! [`LIMIT`] ends.

use serde::{Deserialize, Serialize};
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;
use throughline_sourcemap::module::{ModuleError, ModuleParts, index_of_module};
use throughline_sourcemap::write::{Functions, Index, Summary, WriteError, index_of};
use throughline_sourcemap::{DebugId, SourceMap, SourceMapError};

/// The hidden command `throughline sourcemaps index`, which is that process.
pub(crate) const COMMAND: &str = "index";

/// Why there is no index.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexProcessError {
    /// Whoever made the map is at fault.
    #[error(transparent)]
    Map(#[from] SourceMapError),
    /// The script is too large for an index.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Whoever made the module is at fault.
    #[error(transparent)]
    Module(#[from] ModuleError),
    /// Whoever made script or module is at fault.
    #[error("it takes longer than {} minutes: split it", LIMIT.as_secs() / 60)]
    TooLong,
    /// Whoever made the module is at fault.
    #[error("its debug information (DWARF) is broken, or nested too deeply")]
    Unreadable,
    /// The other process says why.
    #[error("{0}")]
    Told(String),
    /// The machine is at fault: it may lack the memory.
    #[error("the process that makes the index of a source map ended with {status} {message}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// Its standard error.
        message: String,
    },
    /// The machine is at fault.
    #[error("the process that makes the index of a source map does not work: {0}")]
    System(#[from] io::Error),
}

/// Makes the index of the script that `id` names, from the text of its map and its own. Takes as
/// long as the parser: seconds for many megabytes.
///
/// # Errors
/// [`IndexProcessError`].
pub(crate) fn create(map: &str, script: &str, id: DebugId) -> Result<Index, IndexProcessError> {
    // Here, where its fault has a type.
    let parsed = SourceMap::parse(map.as_bytes())?;
    if cfg!(test) {
        // The program of unit tests has no commands.
        return Ok(index_of(&parsed, Some(script), id)?);
    }
    let head = Input {
        id: *id.as_bytes(),
        first: script.len(),
        module: None,
    };
    let output = run(&head, &[script.as_bytes(), map.as_bytes()])?;
    if output.status.success() {
        return decode(&output.stdout, id);
    }
    if !is_overflow(output.status) {
        return Err(ended(&output));
    }
    let mut index = index_of(&parsed, None, id)?;
    index.summary.functions = Functions::Unparsable(TOO_DEEP.to_owned());
    Ok(index)
}

/// Makes the index of the module that `id` names.
///
/// # Errors
/// [`IndexProcessError`].
pub(crate) fn create_of_module(
    parts: &OwnedParts,
    id: DebugId,
) -> Result<Index, IndexProcessError> {
    if cfg!(test) {
        return parts.index(id);
    }
    let debug = parts.debug.as_deref().unwrap_or_default();
    let map = parts.map.as_deref().unwrap_or_default();
    let head = Input {
        id: *id.as_bytes(),
        first: parts.module.len(),
        module: Some(OfModule {
            name: parts.name.clone(),
            debug: debug.len(),
        }),
    };
    let output = run(&head, &[&parts.module, debug, map])?;
    if output.status.success() {
        return decode(&output.stdout, id);
    }
    if is_overflow(output.status) {
        return Err(IndexProcessError::Unreadable);
    }
    Err(ended(&output))
}

/// The parts of which the index of a module is made.
#[derive(Debug)]
pub(crate) struct OwnedParts {
    /// The module that pages load.
    pub(crate) module: Vec<u8>,
    /// A module with its debug information.
    pub(crate) debug: Option<Vec<u8>>,
    /// Its source map.
    pub(crate) map: Option<Vec<u8>>,
    /// The name of its file.
    pub(crate) name: String,
}

impl OwnedParts {
    fn index(&self, id: DebugId) -> Result<Index, IndexProcessError> {
        let map = self.map.as_ref().map(SourceMap::parse).transpose()?;
        let parts = ModuleParts {
            module: &self.module,
            debug: self.debug.as_deref(),
            map: map.as_ref(),
            name: &self.name,
        };
        Ok(index_of_module(parts, id)?)
    }
}

/// The other process: reads a map and a script, or a module, from standard input, and writes their index.
///
/// # Errors
/// [`IndexProcessError`], of which the caller reads the message.
pub(crate) fn serve() -> Result<(), IndexProcessError> {
    let mut input = Vec::new();
    io::stdin().lock().read_to_end(&mut input)?;
    let (made, done) = channel();
    let work = move || made.send(index(&input));
    // The address space is reserved, the memory is taken as it is used. A thread that has not ended ends with the process.
    thread::Builder::new().stack_size(STACK).spawn(work)?;
    let index = match done.recv_timeout(LIMIT) {
        Ok(index) => index,
        Err(RecvTimeoutError::Timeout) => Err(IndexProcessError::TooLong),
        Err(RecvTimeoutError::Disconnected) => return Err(broken().into()),
    };
    let (summary, bytes) = match index {
        Ok(Index { summary, bytes, .. }) => (Ok(summary), bytes),
        Err(error) => (Err(error.to_string()), Vec::new()),
    };
    let summary = serde_json::to_vec(&summary).map_err(io::Error::from)?;
    io::stdout()
        .lock()
        .write_all(&[&summary, NEWLINE, &bytes].concat())?;
    Ok(())
}

/// The line before script and map, or before the parts of a module.
#[derive(Serialize, Deserialize)]
struct Input {
    id: [u8; 16],
    /// Bytes of the script or the module, which is first.
    first: usize,
    module: Option<OfModule>,
}

/// Further numbers of a module.
#[derive(Serialize, Deserialize)]
struct OfModule {
    name: String,
    /// Bytes of the module with its debug information, which is second; 0 where there is none.
    debug: usize,
}

fn run(head: &Input, parts: &[&[u8]]) -> io::Result<Output> {
    let mut process = Command::new(program()?)
        .args(["sourcemaps", COMMAND])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let head = serde_json::to_vec(head)?;
    if let Some(mut input) = process.stdin.take() {
        // It reads all before it writes. One that has ended is told by its status.
        let _ = [&head, NEWLINE]
            .into_iter()
            .chain(parts.iter().copied())
            .try_for_each(|part| input.write_all(part));
    }
    process.wait_with_output()
}

/// This program, also where another one has taken the place of its file meanwhile.
fn program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe()
}

/// Whether a process ended because its stack overflowed: Rust's runtime aborts it then.
#[cfg(unix)]
fn is_overflow(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    const SIGABRT: i32 = 6;
    const SIGSEGV: i32 = 11;
    matches!(status.signal(), Some(SIGABRT | SIGSEGV))
}

/// Whether a process ended because its stack overflowed: `STATUS_STACK_OVERFLOW`.
#[cfg(not(unix))]
fn is_overflow(status: ExitStatus) -> bool {
    status.code() == Some(0xC000_00FD_u32 as i32)
}

fn index(input: &[u8]) -> Result<Index, IndexProcessError> {
    let (Input { id, first, module }, parts) = split::<Input>(input)?;
    let id = DebugId::from_bytes(id);
    let (first, rest) = parts.split_at_checked(first).ok_or_else(broken)?;
    let index = match module {
        None => {
            let script = str::from_utf8(first).map_err(|_| WriteError::Script)?;
            index_of(&SourceMap::parse(rest)?, Some(script), id)?
        }
        Some(OfModule { name, debug }) => {
            let (debug, map) = rest.split_at_checked(debug).ok_or_else(broken)?;
            let some = |part: &[u8]| (!part.is_empty()).then(|| part.to_vec());
            let parts = OwnedParts {
                module: first.to_vec(),
                debug: some(debug),
                map: some(map),
                name,
            };
            parts.index(id)?
        }
    };
    Ok(index)
}

/// The error of a process that made no index, and has not said why.
fn ended(output: &Output) -> IndexProcessError {
    IndexProcessError::Ended {
        status: output.status,
        message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    }
}

fn decode(output: &[u8], debug_id: DebugId) -> Result<Index, IndexProcessError> {
    let (summary, bytes) = split::<Result<Summary, String>>(output)?;
    Ok(Index {
        bytes: bytes.to_vec(),
        debug_id,
        summary: summary.map_err(IndexProcessError::Told)?,
    })
}

/// The first line, as JSON, and what comes after it.
fn split<'a, Head: Deserialize<'a>>(bytes: &'a [u8]) -> io::Result<(Head, &'a [u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (head, rest) = bytes.split_at(end.ok_or_else(broken)?);
    Ok((
        serde_json::from_slice(head)?,
        rest.get(1..).unwrap_or_default(),
    ))
}

fn broken() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

const NEWLINE: &[u8] = b"\n";
/// Bytes: some hundred thousand levels.
const STACK: usize = 256 << 20;
/// The time for one index: a script or module of a hundred megabytes takes a tenth of it.
const LIMIT: Duration = Duration::from_secs(300);
const TOO_DEEP: &str = "the parser ended: it is nested too deeply";
