//! The compiled files of an event, with the debug ids by which their source maps are found.
//!
//! <https://develop.sentry.dev/sdk/foundations/envelopes/event-payloads/debugmeta/>

use crate::attributes::Attributes;
use crate::json::Json;
use alloc::collections::BTreeMap;
use throughline_semconv as semconv;

/// The images of an event.
#[derive(Debug)]
pub(crate) struct Images<'j> {
    list: &'j Json<'j>,
    /// Debug ids by file.
    debug_ids: BTreeMap<&'j str, &'j str>,
}

impl<'j> Images<'j> {
    /// The images in `debug_meta` of an event.
    pub(crate) fn of(event: &'j Json<'j>) -> Self {
        let list = event.get("debug_meta").get("images");
        let named = list.items().map(|image| {
            let [file, id] = ["code_file", "debug_id"].map(|key| image.get(key).text());
            (file, id)
        });
        // Collected, they would be sorted first, by a sort of their own type.
        let mut debug_ids = BTreeMap::new();
        debug_ids.extend(named.filter(|(file, id)| !file.is_empty() && !id.is_empty()));
        Self { list, debug_ids }
    }

    /// The debug id of the file of a frame; empty where it has none.
    pub(crate) fn debug_id(&self, frame: &Json<'_>) -> &'j str {
        let names = ["abs_path", "filename"].map(|key| frame.get(key).text());
        let mut ids = names.iter().filter_map(|name| self.debug_ids.get(name));
        ids.next().copied().unwrap_or_default()
    }

    /// Appends the images as they are: the frames of causes are text, and name no ids.
    pub(crate) fn write(&self, attributes: &mut Attributes<'_>) {
        if self.list.items().next().is_some() {
            attributes.json(semconv::THROUGHLINE_EXCEPTION_IMAGES, self.list);
        }
    }
}
