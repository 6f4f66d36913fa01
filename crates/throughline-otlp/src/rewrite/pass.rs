//! The walk through the groups of a request, with its stages and its inspection.

use super::message::Message;
use super::part::{DESCRIPTION, METRIC_DEPTH, Part, RESOURCE_GROUP_DEPTH, SCOPE_GROUP_DEPTH};
use super::splices::Splices;
use super::{Envelope, Interest, Keep, Rewritten, Stage};
use crate::Signal;
use crate::inspect::{check, check_field};
use crate::invalid::{Invalid, InvalidRequest, RecordFault};
use crate::protobuf::{Value, fields};
use crate::schema::{self, Field, Kind, Role};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// One pass over one request.
pub(super) struct Pass<'s, 't> {
    signal: Signal,
    inspects: Inspects,
    stages: &'s mut [&'t mut dyn Stage],
    /// The interest of each stage in this signal.
    interests: Vec<Interest>,
    /// The interests together.
    wanted: Interest,
    splices: Splices,
    records: u64,
    dropped: u64,
    unusable: u64,
    first_fault: Option<RecordFault>,
}

/// Whether the pass checks what it walks over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inspects {
    Yes,
    No,
}

/// Effect of the pass on the content of a message.
#[derive(Debug, Default)]
struct Change {
    /// Records in it that stay.
    kept: u64,
    /// Records in it that are left out.
    left_out: u64,
    /// By how many bytes its body has become longer.
    grown: isize,
}

/// Fate of a record in the pass.
enum Fate {
    /// The record stays as received.
    Received,
    /// The record stays with edits, which are at the end of [`Splices::written`].
    Edited,
    /// A stage has dropped it.
    Dropped,
    /// No backend could use it.
    Unusable(RecordFault),
}

/// Description of a group's records: its resource or its scope.
struct Description<'a> {
    bytes: Cow<'a, [u8]>,
    state: DescriptionState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DescriptionState {
    /// No stage needs it: it is neither read nor inspected yet.
    Unread,
    /// The description stays as received.
    Received,
    /// The edited description takes the place of the one that was received.
    Edited,
    /// The edited description is in its place.
    Placed,
}

impl<'s, 't> Pass<'s, 't> {
    pub(super) fn new(
        signal: Signal,
        inspects: Inspects,
        stages: &'s mut [&'t mut dyn Stage],
    ) -> Self {
        let interests: Vec<_> = stages.iter().map(|stage| stage.interest(signal)).collect();
        Self {
            signal,
            inspects,
            wanted: interests
                .iter()
                .copied()
                .fold(Interest::NONE, Interest::and),
            stages,
            interests,
            splices: Splices::default(),
            records: 0,
            dropped: 0,
            unusable: 0,
            first_fault: None,
        }
    }

    pub(super) fn run(mut self, request: &[u8]) -> Result<Rewritten<'_>, InvalidRequest> {
        let whole = Part::request(schema::export_request(self.signal), request);
        self.walk(whole, &Envelope::default())?;
        Ok(Rewritten {
            request: self.splices.apply(request),
            records: self.records,
            dropped: self.dropped,
            unusable: self.unusable,
            first_fault: self.first_fault,
        })
    }

    /// Walks over a message that contains records, or groups of records.
    fn walk(&mut self, part: Part<'_>, around: &Envelope<'_>) -> Result<Change, Invalid> {
        let mut change = Change::default();
        let Description { bytes, mut state } = self.describe(part, &mut change)?;
        let mut envelope = *around;
        match part.depth {
            RESOURCE_GROUP_DEPTH => envelope.resource = &bytes,
            SCOPE_GROUP_DEPTH => envelope.scope = &bytes,
            METRIC_DEPTH => envelope.metric = part.body,
            _ => {}
        }
        let mut known = part.message.cursor();
        let mut end = part.body_start;
        let mut reader = fields(part.body);
        while let Some(read) = reader.read() {
            let read = read?;
            end += read.raw.len();
            let Some(field) = known.field(read.number) else {
                continue;
            };
            let done = match (field.kind, read.value) {
                (Kind::Message(message), Value::Bytes(body)) if message.role != Role::Part => {
                    let child = part.child(message, body, read.raw, end);
                    if part.is_description(field) {
                        self.description(part, field, child, &bytes, &mut state, &mut change)
                    } else if message.role == Role::Record {
                        self.record(child, &envelope, &mut change)
                    } else {
                        self.group(child, &envelope, &mut change)
                    }
                }
                _ => self.inspect(part, field, read.value),
            };
            done.map_err(|invalid| invalid.within(field, part.body, read.raw))?;
        }
        Ok(change)
    }

    /// Walks over a group, and leaves it out when it had records and has none left.
    fn group(
        &mut self,
        part: Part<'_>,
        envelope: &Envelope<'_>,
        around: &mut Change,
    ) -> Result<(), Invalid> {
        let mark = self.splices.mark();
        let change = self.walk(part, envelope)?;
        around.kept += change.kept;
        around.left_out += change.left_out;
        if change.kept == 0 && change.left_out > 0 {
            self.splices.undo(mark);
            around.grown += self.splices.remove(part.field());
        } else {
            around.grown += self.splices.resize(mark, part, change.grown);
        }
        Ok(())
    }

    /// Puts a record through the stages, and leaves it out when it is dropped or unusable.
    fn record(
        &mut self,
        part: Part<'_>,
        envelope: &Envelope<'_>,
        around: &mut Change,
    ) -> Result<(), Invalid> {
        self.records += 1;
        let mark = self.splices.mark();
        match self.offer(part, envelope)? {
            Fate::Received => {
                around.kept += 1;
                return Ok(());
            }
            Fate::Edited => {
                around.kept += 1;
                around.grown += self.splices.replace_body(part, mark);
                return Ok(());
            }
            Fate::Dropped => self.dropped += 1,
            Fate::Unusable(fault) => {
                self.unusable += 1;
                self.first_fault.get_or_insert(fault);
            }
        }
        around.left_out += 1;
        self.splices.undo(mark);
        around.grown += self.splices.remove(part.field());
        Ok(())
    }

    /// Offers a record to the stages. It is inspected before the first stage that takes
    /// inspected records, or at the end.
    fn offer(&mut self, part: Part<'_>, envelope: &Envelope<'_>) -> Result<Fate, Invalid> {
        let mut record = Message::new(part.body, &mut self.splices);
        let mut is_inspected = self.inspects == Inspects::No;
        let mut fault = None;
        for (stage, interest) in self.stages.iter_mut().zip(&self.interests) {
            if !interest.has_any(Interest::ANY_RECORD) {
                continue;
            }
            if !is_inspected && !interest.has_any(Interest::UNINSPECTED_RECORD) {
                check(part.message, record.bytes(), part.depth, &mut fault)?;
                if let Some(fault) = fault {
                    return Ok(Fate::Unusable(fault));
                }
                is_inspected = true;
            }
            if stage.record(&mut record, envelope) == Keep::No {
                return Ok(Fate::Dropped);
            }
        }
        if !is_inspected {
            check(part.message, record.bytes(), part.depth, &mut fault)?;
        }
        Ok(match fault {
            Some(fault) => Fate::Unusable(fault),
            None if record.is_edited() => Fate::Edited,
            None => Fate::Received,
        })
    }

    /// Reads the resource or scope of a group, which may be anywhere in it, and offers it to the
    /// stages. Several are one message in pieces:
    /// <https://protobuf.dev/programming-guides/encoding/#last-one-wins>.
    fn describe<'a>(
        &mut self,
        part: Part<'a>,
        change: &mut Change,
    ) -> Result<Description<'a>, Invalid> {
        let mut description = Description {
            bytes: Cow::Borrowed(&[]),
            state: DescriptionState::Unread,
        };
        let interest = match part.depth {
            RESOURCE_GROUP_DEPTH => Interest::RESOURCE,
            SCOPE_GROUP_DEPTH => Interest::SCOPE,
            _ => return Ok(description),
        };
        if !self.wanted.has_any(interest.and(Interest::ANY_RECORD)) {
            return Ok(description);
        }
        description.state = DescriptionState::Received;
        let mut is_there = false;
        for read in fields(part.body).map_while(Result::ok) {
            let (Some(field), Value::Bytes(body)) = (part.description(read.number), read.value)
            else {
                continue;
            };
            self.inspect(part, field, read.value)
                .map_err(|invalid| invalid.within(field, part.body, read.raw))?;
            is_there = true;
            if description.bytes.is_empty() {
                description.bytes = Cow::Borrowed(body);
            } else {
                description.bytes.to_mut().extend_from_slice(body);
            }
        }
        if !self.wanted.has_any(interest) {
            return Ok(description);
        }
        let mark = self.splices.mark();
        let mut message = Message::new(&description.bytes, &mut self.splices);
        for (stage, wanted) in self.stages.iter_mut().zip(&self.interests) {
            match interest {
                _ if !wanted.has_any(interest) => {}
                Interest::RESOURCE => stage.resource(&mut message),
                _ => stage.scope(&mut message),
            }
        }
        if message.is_edited() {
            let edited = message.bytes().to_vec();
            self.splices.undo(mark);
            if is_there {
                description.state = DescriptionState::Edited;
            } else if !edited.is_empty() {
                change.grown += self.splices.insert(part.body_start, DESCRIPTION, &edited);
            }
            description.bytes = Cow::Owned(edited);
        }
        Ok(description)
    }

    /// Puts an edited resource or scope where the first piece of the received one was.
    fn description(
        &mut self,
        part: Part<'_>,
        field: &'static Field,
        child: Part<'_>,
        edited: &[u8],
        state: &mut DescriptionState,
        change: &mut Change,
    ) -> Result<(), Invalid> {
        match state {
            DescriptionState::Unread => {
                return self.inspect(part, field, Value::Bytes(child.body));
            }
            DescriptionState::Received => {}
            DescriptionState::Edited => {
                let mark = self.splices.mark();
                self.splices.written.raw(edited);
                change.grown += self.splices.replace_body(child, mark);
                *state = DescriptionState::Placed;
            }
            DescriptionState::Placed => change.grown += self.splices.remove(child.field()),
        }
        Ok(())
    }

    /// Checks a field of a group that is neither a group nor a record.
    fn inspect(
        &self,
        part: Part<'_>,
        field: &'static Field,
        value: Value<'_>,
    ) -> Result<(), Invalid> {
        match self.inspects {
            Inspects::Yes => check_field(part.message.role, field, value, part.depth, &mut None),
            Inspects::No => Ok(()),
        }
    }
}
