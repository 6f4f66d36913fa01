//! Makes the index of a source map in another process of this program.
//!
//! The parser of JavaScript calls itself for what is nested in a script, and a stack that overflows
//! ends the process (<https://github.com/oxc-project/oxc/issues/24375>): that one alone, here. The
//! index of such a script has no functions.

use serde::{Deserialize, Serialize};
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::thread;
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
    let output = run(map, script, id)?;
    if output.status.success() {
        return decode(&output.stdout, id);
    }
    if !is_overflow(output.status) {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let status = output.status;
        return Err(IndexProcessError::Ended { status, message });
    }
    let mut index = index_of(&parsed, None, id)?;
    index.summary.functions = Functions::Unparsable(TOO_DEEP.to_owned());
    Ok(index)
}

/// The other process: reads a map and a script from standard input, and writes their index.
///
/// # Errors
/// [`IndexProcessError`], of which the caller reads the message.
pub(crate) fn serve() -> Result<(), IndexProcessError> {
    let mut input = Vec::new();
    io::stdin().lock().read_to_end(&mut input)?;
    let work = move || index(&input);
    // The address space is reserved, the memory is taken as it is used.
    let thread = thread::Builder::new().stack_size(STACK).spawn(work)?;
    let encoded = thread.join().map_err(|_| broken())??;
    io::stdout().lock().write_all(&encoded)?;
    Ok(())
}

/// The line before the two texts.
#[derive(Serialize, Deserialize)]
struct Input {
    id: [u8; 16],
    /// Bytes of the script, which is first.
    script: usize,
}

fn run(map: &str, script: &str, id: DebugId) -> io::Result<Output> {
    let mut process = Command::new(program()?)
        .args(["sourcemaps", COMMAND])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let head = serde_json::to_vec(&Input {
        id: *id.as_bytes(),
        script: script.len(),
    })?;
    if let Some(mut input) = process.stdin.take() {
        // It reads all before it writes. One that has ended is told by its status.
        let _ = [&head, NEWLINE, script.as_bytes(), map.as_bytes()]
            .into_iter()
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

fn index(input: &[u8]) -> Result<Vec<u8>, IndexProcessError> {
    let (Input { id, script }, texts) = split::<Input>(input)?;
    let (script, map) = texts.split_at_checked(script).ok_or_else(broken)?;
    let script = str::from_utf8(script).map_err(|_| WriteError::Script)?;
    let index = index_of(
        &SourceMap::parse(map)?,
        Some(script),
        DebugId::from_bytes(id),
    )?;
    let summary = serde_json::to_vec(&index.summary).map_err(io::Error::from)?;
    Ok([&summary, NEWLINE, &index.bytes].concat())
}

fn decode(output: &[u8], debug_id: DebugId) -> Result<Index, IndexProcessError> {
    let (summary, bytes) = split::<Summary>(output)?;
    Ok(Index {
        bytes: bytes.to_vec(),
        debug_id,
        summary,
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
const TOO_DEEP: &str = "the parser ended: it is nested too deeply";
