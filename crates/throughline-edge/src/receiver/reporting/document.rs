//! The document that a browser posts: its reports, each as text.

use core::fmt;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The reports of one request. A report that is wrong leaves the others as they are.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    pub(super) reports: Vec<(Form, &'a RawValue)>,
    /// How many reports more there were.
    pub(super) beyond_limit: u64,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// An object with `type` and `body`: <https://www.w3.org/TR/reporting-1/#serialize-reports>.
    Report,
    /// The value of `csp-report`: <https://www.w3.org/TR/CSP3/#deprecated-serialize-violation>.
    CspReport,
}

impl<'de: 'a, 'a> Deserialize<'de> for Document<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The text of an object is needed again, when it is a report by itself.
        let whole = <&RawValue>::deserialize(deserializer)?;
        let mut inner = serde_json::Deserializer::from_str(whole.get());
        let document = inner
            .deserialize_any(DocumentVisitor)
            .map_err(D::Error::custom)?;
        Ok(document.unwrap_or_else(|| Document {
            reports: vec![(Form::Report, whole)],
            beyond_limit: 0,
        }))
    }
}

/// Reads a list of reports or an object with `csp-report`; `None` for any other object, which
/// is one report, as WebKit sends it.
struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Option<Document<'de>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of reports, or a report")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut document = Document::default();
        while document.reports.len() < MAX_REPORTS {
            let Some(report) = list.next_element::<&'de RawValue>()? else {
                return Ok(Some(document));
            };
            document.reports.push((Form::Report, report));
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            document.beyond_limit += 1;
        }
        Ok(Some(document))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut document = None;
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let value = map.next_value::<&'de RawValue>()?;
            if key == "csp-report" {
                document = Some(Document {
                    reports: vec![(Form::CspReport, value)],
                    beyond_limit: 0,
                });
            }
        }
        Ok(document)
    }
}

/// Reports of one request that are read. Chromium sends up to 100 at once.
const MAX_REPORTS: usize = 1_000;
