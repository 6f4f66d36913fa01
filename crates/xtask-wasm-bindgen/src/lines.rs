//! The sizes of source files in the code of a module with line tables.

use gimli::{Dwarf, EndianSlice, LittleEndian, Reader, Unit};
use std::collections::BTreeMap;
use std::fmt::Write;
use wasmparser::{Parser, Payload};

/// A line for each source file: `file`, bytes of code, path, with tabs between. Code is of the file in
/// which it is written, into whichever function it was inlined; that of Rust's own library is of the
/// file whose code is before it in the same function.
///
/// # Errors
/// The module or its debug information cannot be read.
pub(crate) fn by_file(module: &[u8]) -> anyhow::Result<String> {
    let mut sections = BTreeMap::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CustomSection(custom) = payload? {
            sections.insert(custom.name(), custom.data());
        }
    }
    let dwarf = Dwarf::load(|id| {
        let bytes = sections.get(id.name()).copied().unwrap_or_default();
        Ok::<_, gimli::Error>(EndianSlice::new(bytes, LittleEndian))
    })?;
    let mut sizes = BTreeMap::new();
    let mut units = dwarf.units();
    while let Some(header) = units.next()? {
        add_unit(&dwarf, &dwarf.unit(header)?, &mut sizes)?;
    }
    let mut lines = String::new();
    for (path, bytes) in sizes {
        writeln!(lines, "file\t{bytes}\t{path}")?;
    }
    Ok(lines)
}

fn add_unit<R: Reader>(
    dwarf: &Dwarf<R>,
    unit: &Unit<R>,
    sizes: &mut BTreeMap<String, u64>,
) -> anyhow::Result<()> {
    let Some(program) = unit.line_program.clone() else {
        return Ok(());
    };
    let mut rows = program.rows();
    let mut begun: Option<(u64, String)> = None;
    // The file around what is inlined of Rust's own library.
    let mut around: Option<String> = None;
    while let Some((header, row)) = rows.next_row()? {
        if let Some((address, path)) = begun.take() {
            *sizes.entry(path).or_default() += row.address().saturating_sub(address);
        }
        if row.end_sequence() {
            around = None;
            continue;
        }
        let Some(file) = row.file(header) else {
            continue;
        };
        let mut path = String::new();
        if let Some(folder) = file.directory(header) {
            path.push_str(&dwarf.attr_string(unit, folder)?.to_string_lossy()?);
            path.push('/');
        }
        path.push_str(
            &dwarf
                .attr_string(unit, file.path_name())?
                .to_string_lossy()?,
        );
        if is_of_library(&path) {
            path = around.clone().unwrap_or(path);
        } else {
            around = Some(path.clone());
        }
        begun = Some((row.address(), path));
    }
    Ok(())
}

fn is_of_library(path: &str) -> bool {
    ["library/core/", "library/alloc/", "library/std/"]
        .iter()
        .any(|part| path.contains(part))
}
