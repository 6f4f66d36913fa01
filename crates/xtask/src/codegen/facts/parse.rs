//! Parses `facts.toml`. An unknown or missing key is an error that names its place.

use super::model::{Contract, Described, Field, Group, Kind, Member};
use toml::{Table, Value};

/// Parses the whole file.
pub(super) fn contract(table: &Table) -> Result<Contract, String> {
    let known = [
        "format",
        "text_limit",
        "separators",
        "types",
        "objects",
        "group",
        "kind",
        "drop_reasons",
    ];
    only(table, &known, "the file")?;
    Ok(Contract {
        format: number(table, "format").ok_or("format is a number")?,
        text_limit: number(table, "text_limit").ok_or("text_limit is a number")?,
        separators: separators(table)?,
        types: described(table, "types")?,
        objects: described(table, "objects")?,
        groups: tables(table, "group")?
            .iter()
            .map(|table| group(table))
            .collect::<Result<_, _>>()?,
        kinds: tables(table, "kind")?
            .iter()
            .map(|table| kind(table))
            .collect::<Result<_, _>>()?,
        drop_reasons: entries(table, "drop_reasons")?
            .iter()
            .map(|(name, brief)| match brief.as_str() {
                Some(brief) => Ok((name.clone(), brief.to_owned())),
                None => Err(format!("drop_reasons.{name} is a sentence")),
            })
            .collect::<Result<_, _>>()?,
    })
}

fn separators(table: &Table) -> Result<Vec<(String, u8, String)>, String> {
    entries(table, "separators")?
        .iter()
        .map(|(name, value)| {
            let place = format!("separators.{name}");
            let table = value.as_table().ok_or(format!("{place}: no table"))?;
            only(table, &["code", "brief"], &place)?;
            let code = number(table, "code").and_then(|code| u8::try_from(code).ok());
            let code = code.filter(u8::is_ascii_control);
            let code = code.ok_or(format!("{place}: the code is an ASCII control character"))?;
            Ok((name.clone(), code, text(table, "brief", &place)?))
        })
        .collect()
}

fn group(table: &Table) -> Result<Group, String> {
    let name = text(table, "name", "a group")?;
    only(table, &["name", "brief", "fields"], &name)?;
    Ok(Group {
        brief: text(table, "brief", &name)?,
        fields: tables(table, "fields")?
            .iter()
            .map(|table| field(table))
            .collect::<Result<_, _>>()?,
        name,
    })
}

fn kind(table: &Table) -> Result<Kind, String> {
    let name = text(table, "name", "a kind")?;
    only(
        table,
        &["name", "letter", "lasts", "brief", "fields"],
        &name,
    )?;
    let letter = text(table, "letter", &name)?;
    let [letter] = letter.chars().collect::<Vec<_>>()[..] else {
        return Err(format!("{name}: the letter is one ASCII letter"));
    };
    let members: Vec<Member> = tables(table, "fields")?
        .iter()
        .map(|table| match table.get("group") {
            Some(Value::String(group)) => Ok(Member::Group(group.clone())),
            _ => field(table).map(Member::Field),
        })
        .collect::<Result<_, _>>()?;
    let own = members.iter().filter_map(|member| match member {
        Member::Field(field) => Some(field.clone()),
        Member::Group(_) => None,
    });
    Ok(Kind {
        letter,
        lasts: table
            .get("lasts")
            .and_then(Value::as_str)
            .map(str::to_owned),
        brief: text(table, "brief", &name)?,
        own: own.collect(),
        members,
        name,
    })
}

fn field(table: &Table) -> Result<Field, String> {
    let name = text(table, "name", "a field")?;
    let known = [
        "name",
        "type",
        "brief",
        "attribute",
        "computed",
        "values",
        "items",
        "typescript",
        "optional",
        "late",
        "of",
        "since",
    ];
    only(table, &known, &name)?;
    let optional_text = |key| table.get(key).and_then(Value::as_str).map(str::to_owned);
    let flag = |key| table.get(key).and_then(Value::as_bool).unwrap_or(false);
    let values = table.get("values").and_then(Value::as_array);
    let items = table.get("items").and_then(Value::as_array);
    Ok(Field {
        kind: text(table, "type", &name)?,
        brief: text(table, "brief", &name)?,
        attribute: optional_text("attribute"),
        computed: flag("computed"),
        values: values.into_iter().flatten().map(Value::to_string).collect(),
        items: items.into_iter().flatten().map(Value::to_string).collect(),
        typescript: optional_text("typescript"),
        optional: flag("optional"),
        late: flag("late"),
        of: optional_text("of"),
        since: number(table, "since").unwrap_or(1),
        name,
    })
}

fn described(table: &Table, key: &str) -> Result<Vec<Described>, String> {
    entries(table, key)?
        .iter()
        .map(|(name, value)| {
            let table = value.as_table().ok_or(format!("{key}.{name}: no table"))?;
            only(table, &["typescript", "brief"], name)?;
            Ok(Described {
                name: name.clone(),
                typescript: text(table, "typescript", name)?,
                brief: text(table, "brief", name)?,
            })
        })
        .collect()
}

fn entries<'a>(table: &'a Table, key: &str) -> Result<&'a Table, String> {
    let value = table.get(key).and_then(Value::as_table);
    value.ok_or(format!("[{key}] is missing"))
}

fn tables<'a>(table: &'a Table, key: &str) -> Result<Vec<&'a Table>, String> {
    let list = table.get(key).and_then(Value::as_array);
    let list = list.ok_or(format!("{key} is missing"))?;
    list.iter()
        .map(|value| value.as_table().ok_or(format!("{key}: no table")))
        .collect()
}

fn text(table: &Table, key: &str, place: &str) -> Result<String, String> {
    let value = table.get(key).and_then(Value::as_str);
    value
        .map(str::to_owned)
        .ok_or(format!("{place} has no {key}"))
}

fn number(table: &Table, key: &str) -> Option<u64> {
    table.get(key)?.as_integer()?.try_into().ok()
}

fn only(table: &Table, known: &[&str], place: &str) -> Result<(), String> {
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("{place}: unknown key {key}")),
        None => Ok(()),
    }
}
