//! Stacks: structured frames, and the text that the language would print.

use crate::attributes::Attributes;
use crate::images::Images;
use crate::json::Json;
use alloc::format;
use alloc::string::String;
use core::fmt::Write;
use throughline_otlp::attribute;
use throughline_otlp::field::values;
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;

/// The frames of an exception or a thread, innermost last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stack<'j>(&'j Json<'j>);

impl<'j> Stack<'j> {
    /// The stack in `stacktrace` of an exception or a thread.
    pub(crate) fn of(owner: &'j Json<'j>) -> Self {
        Self(owner.get("stacktrace").get("frames"))
    }

    fn frames(self) -> impl DoubleEndedIterator<Item = &'j Json<'j>> {
        self.0.items().filter(|frame| matches!(frame, Json::Map(_)))
    }

    /// Appends the frames as a list of maps, each with the debug id of its file, and the place
    /// of the innermost as `code.*`.
    pub(crate) fn write_frames(self, attributes: &mut Attributes<'_>, images: &Images<'_>) {
        let Some(top) = self.frames().next_back() else {
            return;
        };
        let key = semconv::THROUGHLINE_EXCEPTION_FRAMES;
        attribute::list(attributes.writer, attributes.field, key, |list| {
            for frame in self.frames() {
                attribute::map(list, |map| write_frame(map, frame, images));
            }
        });
        Self::write_place(attributes, top);
    }

    fn write_place(attributes: &mut Attributes<'_>, top: &Json<'_>) {
        if top.get("function").text() != UNKNOWN_FUNCTION {
            attributes.text(semconv::CODE_FUNCTION_NAME, top.get("function").text());
        }
        attributes.text(semconv::CODE_FILE_PATH, file(top));
        attributes.json(semconv::CODE_LINE_NUMBER, top.get("lineno"));
        attributes.json(semconv::CODE_COLUMN_NUMBER, top.get("colno"));
    }

    /// The place of a message, with the stack that led there.
    pub(crate) fn write_code(self, attributes: &mut Attributes<'_>, language: &str) {
        if let Some(top) = self.frames().next_back() {
            Self::write_place(attributes, top);
            let stack = self.printed(language, "");
            attributes.text(semconv::CODE_STACKTRACE, stack.trim_matches('\n'));
        }
    }

    /// The stack as the language prints it, with `headline`, such as `TypeError: no`; empty
    /// without frames.
    pub(crate) fn printed(self, language: &str, headline: &str) -> String {
        let mut text = String::new();
        if self.frames().next().is_none() {
            return text;
        }
        // A `String` takes whatever is written.
        let _ = match language {
            "python" => self.print_python(&mut text, headline),
            _ => self.print(&mut text, headline),
        };
        text
    }

    /// As V8 prints it, innermost first.
    fn print(self, text: &mut String, headline: &str) -> core::fmt::Result {
        text.write_str(headline)?;
        for frame in self.frames().rev() {
            let function = frame.get("function").text();
            let place = place(frame);
            match function {
                "" | UNKNOWN_FUNCTION => write!(text, "\n    at {place}")?,
                _ => write!(text, "\n    at {function} ({place})")?,
            }
        }
        Ok(())
    }

    /// As Python prints it, innermost last.
    fn print_python(self, text: &mut String, headline: &str) -> core::fmt::Result {
        text.write_str("Traceback (most recent call last):")?;
        for frame in self.frames() {
            let line = frame.get("lineno").as_int().unwrap_or_default();
            let function = frame.get("function").text();
            write!(
                text,
                "\n  File \"{}\", line {line}, in {function}",
                file(frame)
            )?;
            let source = frame.get("context_line").text().trim();
            if !source.is_empty() {
                write!(text, "\n    {source}")?;
            }
        }
        write!(text, "\n{headline}")
    }
}

/// `https://shop.example/app.js:3:14`.
fn place(frame: &Json<'_>) -> String {
    let mut place = String::from(file(frame));
    for number in [frame.get("lineno"), frame.get("colno")] {
        if let Some(number) = number.as_int() {
            place.push_str(&format!(":{number}"));
        }
    }
    place
}

/// The file, or where a language has none, the module.
fn file<'j>(frame: &'j Json<'_>) -> &'j str {
    let names = ["filename", "abs_path", "module", "package"].map(|key| frame.get(key).text());
    names
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_default()
}

fn write_frame(map: &mut Writer, frame: &Json<'_>, images: &Images<'_>) {
    let function = match frame.get("function").text() {
        "" => UNKNOWN_FUNCTION,
        function => function,
    };
    let mut attributes = Attributes {
        writer: map,
        field: values::VALUES,
    };
    attributes.text("function", function);
    attributes.text("filename", file(frame));
    attributes.json("lineno", frame.get("lineno"));
    attributes.json("colno", frame.get("colno"));
    // The offset in a module of WebAssembly, whose filename is that of the module.
    attributes.text("instruction_addr", frame.get("instruction_addr").text());
    attributes.text("debug_id", images.debug_id(frame));
    attributes.json("in_app", frame.get("in_app"));
    attributes.json("context_line", frame.get("context_line"));
}

/// The name of a function that has none, to Sentry and to our own frames.
const UNKNOWN_FUNCTION: &str = "?";
