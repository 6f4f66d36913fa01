//! Fuzz target: stages that edit and drop at random. A request is refused whatever the stages
//! do, or it is accepted and stays accepted with the records that were kept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_otlp::protobuf::Field;
use throughline_otlp::rewrite::{
    Edit, Envelope, Interest, Keep, Message, Stage, rewrite, rewrite_inspected,
};
use throughline_otlp::{Signal, inspect};

fuzz_target!(|input: &[u8]| {
    let Some((&seed, request)) = input.split_first() else {
        return;
    };
    for signal in Signal::ALL {
        let inspected = inspect(signal, request);
        let rewritten = rewrite(signal, request, &mut [&mut Random(seed)]);
        assert_eq!(rewritten.is_err(), inspected.is_err());
        let Ok(rewritten) = rewritten else { continue };
        let again = inspect(signal, &rewritten.request).expect("lengths are right");
        assert_eq!(again.records, rewritten.kept());
        // In two passes it is the same.
        let request = inspected.expect("both are accepted").request;
        let second = rewrite_inspected(signal, &request, &mut [&mut Random(seed)]);
        assert_eq!(second.expect("it is inspected").request, rewritten.request);
    }
});

/// A stage whose decisions depend on the message that it sees.
struct Random(u8);

impl Random {
    fn edit(&self, message: &mut Message<'_>) {
        let number = message.bytes().iter().fold(self.0, |sum, byte| sum.wrapping_add(*byte));
        if number & 1 != 0 {
            message.append(|writer| writer.bytes(700, &[7; 130]));
        }
        // Ids stay: without them a span is unusable.
        let is_changed = |field: &Field<'_>| field.number > 2 && field.raw.len() as u8 & 3 == number & 3;
        message.edit(|field, writer| match is_changed(&field) {
            false => Edit::Keep,
            true if number & 4 != 0 => Edit::Remove,
            true => {
                writer.varint(701, number.into());
                Edit::Replace
            }
        });
    }
}

impl Stage for Random {
    fn interest(&self, _: Signal) -> Interest {
        Interest::RESOURCE.and(Interest::SCOPE).and(Interest::RECORD)
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.edit(resource);
    }

    fn scope(&mut self, scope: &mut Message<'_>) {
        self.edit(scope);
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        if record.bytes().len() as u8 & 7 == self.0 & 7 {
            return Keep::No;
        }
        self.edit(record);
        Keep::Yes
    }
}
