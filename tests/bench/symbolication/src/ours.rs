//! Indexes and look-ups of this project.

use crate::{Outcome, Place};
use std::fs::File;
use std::hint::black_box;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use throughline_sourcemap::write::create_index;
use throughline_sourcemap::{Frame, Lookup, Position, Step};

pub(crate) fn make(map: &str, script: &str) -> Outcome<Vec<u8>> {
    let index = create_index(map.as_bytes(), Some(script.as_bytes()))?;
    println!("{:?}", index.summary);
    Ok(index.bytes)
}

/// Looks a stack up in a file; returns how many bytes were read of it.
pub(crate) fn cold(file: &Path, stack: &[Position]) -> Outcome<u64> {
    let file = File::open(file)?;
    let length = file.metadata()?.len();
    let mut bytes = 0;
    let frames = look_up(stack, |range| {
        let mut read = vec![0; (range.end.min(length) - range.start) as usize];
        file.read_exact_at(&mut read, range.start)?;
        bytes += read.len() as u64;
        Ok(read)
    })?;
    black_box(frames);
    Ok(bytes)
}

/// Looks stacks up in an index whose parts are in memory.
pub(crate) fn warm(index: &[u8], stacks: &[&[Position]]) -> Outcome<()> {
    for stack in stacks {
        black_box(in_memory(index, stack)?);
    }
    Ok(())
}

pub(crate) fn places(index: &[u8], positions: &[Position]) -> Outcome<Vec<Option<Place>>> {
    let frames = in_memory(index, positions)?.into_iter();
    let places = frames.map(|frame| {
        let frame = frame?;
        Some(Place {
            source: frame.source,
            line: frame.line,
            function: frame.function,
            context: frame.context.map(|context| context.line),
        })
    });
    Ok(places.collect())
}

fn in_memory(index: &[u8], stack: &[Position]) -> Outcome<Vec<Option<Frame>>> {
    look_up(stack, |range| {
        let end = index.len().min(range.end as usize);
        Ok(&index[range.start as usize..end])
    })
}

fn look_up<B: AsRef<[u8]>>(
    stack: &[Position],
    mut read: impl FnMut(Range<u64>) -> Outcome<B>,
) -> Outcome<Vec<Option<Frame>>> {
    let mut lookup = Lookup::new(stack.iter().copied());
    let mut have: Vec<B> = Vec::new();
    loop {
        let slices: Vec<&[u8]> = have.iter().map(AsRef::as_ref).collect();
        match lookup.step(&slices)? {
            Step::Done(frames) => return Ok(frames),
            Step::Read(ranges) => {
                have = ranges.into_iter().map(&mut read).collect::<Outcome<_>>()?;
            }
        }
    }
}
