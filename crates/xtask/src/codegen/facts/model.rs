//! The contract between page and edge, as `facts.toml` defines it.

/// The whole contract.
pub(super) struct Contract {
    /// Version of the format.
    pub(super) format: u64,
    /// The most UTF-16 code units that a text has.
    pub(super) text_limit: u64,
    /// Name, code and description of the characters between records, fields and items.
    pub(super) separators: Vec<(String, u8, String)>,
    /// Name, TypeScript type and description of each field type.
    pub(super) types: Vec<Described>,
    /// Likewise for the objects that capture keeps in place of fields.
    pub(super) objects: Vec<Described>,
    pub(super) groups: Vec<Group>,
    pub(super) kinds: Vec<Kind>,
    /// Name and description of each.
    pub(super) drop_reasons: Vec<(String, String)>,
}

/// A name that has a type in TypeScript.
pub(super) struct Described {
    pub(super) name: String,
    pub(super) typescript: String,
    pub(super) brief: String,
}

/// Fields that stand side by side in several kinds.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) brief: String,
    pub(super) fields: Vec<Field>,
}

/// A kind of fact.
pub(super) struct Kind {
    pub(super) name: String,
    pub(super) letter: char,
    /// Which of the facts that were sent a reader needs that begins anew.
    pub(super) lasts: Option<String>,
    pub(super) brief: String,
    /// The fields and groups in order.
    pub(super) members: Vec<Member>,
    /// The fields that are in no group.
    pub(super) own: Vec<Field>,
}

/// A field of a kind, or a group of them.
pub(super) enum Member {
    Field(Field),
    /// The name of the group.
    Group(String),
}

/// One field.
#[derive(Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) brief: String,
    pub(super) attribute: Option<String>,
    pub(super) computed: bool,
    /// As they stand in the contract: `"trap"`, `2`.
    pub(super) values: Vec<String>,
    /// The names of the items that belong together, quoted.
    pub(super) items: Vec<String>,
    /// The type in TypeScript, where it is not that of `kind`.
    pub(super) typescript: Option<String>,
    pub(super) optional: bool,
    pub(super) late: bool,
    pub(super) of: Option<String>,
    /// The version of the format that brought the field.
    pub(super) since: u64,
}

impl Contract {
    /// The fields of a kind with their positions; the kind's letter is at position 0.
    pub(super) fn positions<'a>(&'a self, kind: &'a Kind) -> Vec<(usize, &'a Member)> {
        let mut at = 1;
        let mut all = Vec::new();
        for member in &kind.members {
            all.push((at, member));
            at += self.fields(member).len();
        }
        all
    }

    /// The fields that a member stands for.
    pub(super) fn fields<'a>(&'a self, member: &'a Member) -> Vec<&'a Field> {
        match member {
            Member::Field(field) => vec![field],
            Member::Group(name) => {
                let group = self.groups.iter().find(|group| group.name == *name);
                group.map_or(vec![], |group| group.fields.iter().collect())
            }
        }
    }

    /// All fields of a kind in order.
    pub(super) fn all_fields<'a>(&'a self, kind: &'a Kind) -> Vec<&'a Field> {
        let members = kind.members.iter();
        members.flat_map(|member| self.fields(member)).collect()
    }

    /// The letters of the kinds that last as one of `ways`.
    pub(super) fn lasting(&self, ways: &[&str]) -> String {
        let lasts = |kind: &&Kind| kind.lasts.as_deref().is_some_and(|way| ways.contains(&way));
        let kinds = self.kinds.iter().filter(lasts);
        kinds.map(|kind| kind.letter).collect()
    }

    /// Checks what the form of the file does not hold. `names` are those of the registry.
    pub(super) fn check(&self, names: &[String]) -> Result<(), String> {
        for (index, kind) in self.kinds.iter().enumerate() {
            let earlier = &self.kinds[..index];
            if earlier.iter().any(|other| other.letter == kind.letter) {
                return Err(format!("two kinds have the letter {}", kind.letter));
            }
            match kind.lasts.as_deref() {
                Some("page" | "recent") if kind.letter.is_ascii_lowercase() => {}
                None | Some("first" | "latest") if kind.letter.is_ascii_uppercase() => {}
                lasts => {
                    return Err(format!(
                        "{}: the letter {} does not go with lasts = {lasts:?}",
                        kind.name, kind.letter
                    ));
                }
            }
            let fields = self.all_fields(kind);
            let format = format!("{}", self.format);
            if kind.letter == 'H' && fields.first().is_none_or(|field| field.values != [format]) {
                return Err("the header does not begin with the version of the format".to_owned());
            }
            let mut newest = 1;
            for field in &fields {
                let place = format!("{}.{}", kind.name, field.name);
                if field.since < newest {
                    return Err(format!("{place} is older than a field before it"));
                }
                newest = field.since;
                if newest > self.format {
                    return Err(format!("{place} is newer than the format"));
                }
                self.check_field(field, names)
                    .map_err(|wrong| format!("{place}: {wrong}"))?;
            }
            let required = fields.iter().skip_while(|field| !field.optional);
            if let Some(field) = required.clone().find(|field| !field.optional) {
                return Err(format!(
                    "{}.{} comes after an optional field, so it is optional too",
                    kind.name, field.name
                ));
            }
        }
        Ok(())
    }

    fn check_field(&self, field: &Field, names: &[String]) -> Result<(), String> {
        if !self.types.iter().any(|known| known.name == field.kind) {
            return Err(format!("no type is called {}", field.kind));
        }
        if let Some(of) = &field.of
            && !self.objects.iter().any(|known| known.name == *of)
        {
            return Err(format!("no object is called {of}"));
        }
        match &field.attribute {
            Some(attribute) if !names.contains(attribute) => {
                Err(format!("{attribute} is not in registry.toml"))
            }
            None if field.computed => Err("computed, but no attribute".to_owned()),
            Some(_) if !field.computed && FORMS.iter().all(|(kind, _)| *kind != field.kind) => {
                Err(format!("a {} is no attribute as it stands", field.kind))
            }
            _ => Ok(()),
        }
    }
}

/// The field types that become attributes without code of their own, and as what.
pub(super) const FORMS: [(&str, &str); 4] = [
    ("text", "Text"),
    ("integer", "Integer"),
    ("flag", "Flag"),
    ("time", "Milliseconds"),
];
