//! Bounds the answers of tools: an agent reads all of an answer, and has room for little.

use serde_json::{Map, Value as Json, json};

/// The JSON within a number of characters, written without spaces.
///
/// Long texts are shortened first, then the ends of its longest lists are left out. What is missing
/// is in `cut`.
pub(super) fn json(mut result: Json, most: usize) -> Json {
    if length(&result) <= most {
        return result;
    }
    let mut shortened = 0;
    shorten(&mut result, &mut shortened);
    let mut cut = Map::new();
    if shortened > 0 {
        cut.insert("texts_shortened".to_owned(), shortened.into());
    }
    let Some(members) = result.as_object_mut() else {
        return result;
    };
    let lists = |members: &Map<String, Json>| -> usize {
        let lists = members.values().filter(|member| member.is_array());
        lists.map(length).sum()
    };
    let rest = members.values().map(length).sum::<usize>() - lists(members);
    let mut room = most.saturating_sub(rest + CUT);
    let mut names: Vec<(usize, String)> = (members.iter())
        .filter(|(_, member)| member.is_array())
        .map(|(name, member)| (length(member), name.clone()))
        .collect();
    names.sort();
    // The shortest first: what it does not need is for the others.
    let count = names.len();
    for (nth, (_, name)) in names.into_iter().enumerate() {
        let share = room / (count - nth);
        if let Some(Json::Array(list)) = members.get_mut(&name) {
            let all = list.len();
            let mut used = 0;
            let fitting = list.iter().take_while(|item| {
                used += length(item) + 1;
                used <= share
            });
            let fitting = fitting.count();
            list.truncate(fitting);
            room = room.saturating_sub(list.iter().map(|item| length(item) + 1).sum());
            if fitting < all {
                let missing = json!({"left_out": all - fitting, "of": all});
                cut.insert(name, missing);
            }
        }
    }
    cut.insert("how_to_get_it".to_owned(), HOW.into());
    members.insert("cut".to_owned(), cut.into());
    result
}

/// A text within a number of characters, up to the end of a line.
pub(super) fn text(text: &str, most: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(most) else {
        return text.to_owned();
    };
    let end = text[..end].rfind('\n').map_or(end, |end| end + 1);
    let (shown, rest) = text.split_at(end);
    format!(
        "{shown}… {} more lines are left out. {HOW}\n",
        rest.lines().count()
    )
}

fn shorten(json: &mut Json, shortened: &mut usize) {
    match json {
        Json::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(LONGEST) {
                text.truncate(end);
                text.push('…');
                *shortened += 1;
            }
        }
        Json::Array(list) => list.iter_mut().for_each(|item| shorten(item, shortened)),
        Json::Object(members) => {
            members
                .values_mut()
                .for_each(|member| shorten(member, shortened));
        }
        _ => {}
    }
}

fn length(json: &Json) -> usize {
    json.to_string().chars().count()
}

const HOW: &str = "Ask for less at a time: a list with `limit` and `before`, a filter or a shorter time; a trace with `span_id`, which has one span and those below it. All of it is in the JSON of the command line: `throughline trace TRACE_ID --expand --json`.";
/// Characters of a text in an answer that is too long.
const LONGEST: usize = 1_000;
/// Characters of `cut`, at most.
const CUT: usize = 1_500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_as_it_is() {
        let result = json!({"spans": [{"name": "a"}], "next": null});
        assert_eq!(json(result.clone(), 100), result);
        assert_eq!(text("a\nb\n", 4), "a\nb\n");
    }

    #[test]
    fn the_ends_of_long_lists_are_left_out_and_counted() {
        let span = json!({"name": "n".repeat(5_000)});
        let result =
            json!({"trace_id": "1", "spans": vec![span; 100], "logs": [{"body": "short"}]});
        let result = json(result, 20_000);
        assert!(length(&result) <= 20_000, "{}", length(&result));
        assert_eq!(result["logs"], json!([{"body": "short"}]));
        let shown = result["spans"].as_array().map_or(0, Vec::len);
        assert!(shown > 10, "{shown}");
        assert_eq!(
            result["cut"]["spans"],
            json!({"left_out": 100 - shown, "of": 100})
        );
        assert_eq!(result["cut"]["texts_shortened"], 100);
    }

    #[test]
    fn a_text_ends_with_a_whole_line_and_says_how_many_follow() {
        let lines = "ä line\n".repeat(100);
        let shown = text(&lines, 75);
        assert!(shown.starts_with("ä line\n"), "{shown}");
        assert!(
            shown.contains("\n… 90 more lines are left out. "),
            "{shown}"
        );
    }
}
