//! Positions of a script that its map has a place for.

use throughline_sourcemap::{Position, SourceMap};

/// So many positions, anywhere in the script, the same in each run.
pub(crate) fn sample(script: &str, map: &SourceMap, count: usize) -> Vec<Position> {
    let lines: Vec<(usize, &str)> = script.split('\n').enumerate().collect();
    let starts: Vec<usize> = lines
        .iter()
        .scan(0, |offset, (_, line)| {
            let start = *offset;
            *offset += line.len() + 1;
            Some(start)
        })
        .collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut positions = Vec::new();
    while positions.len() < count {
        // xorshift: https://www.jstatsoft.org/article/view/v008i14
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let offset = state as usize % script.len();
        let line = starts.partition_point(|start| *start <= offset) - 1;
        let (line, column) = (line as u32, (offset - starts[line]) as u32);
        if map.lookup(line, column).is_some() {
            positions.push(Position { line, column });
        }
    }
    positions
}
