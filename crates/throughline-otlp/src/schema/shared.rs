//! The messages that all signals share:
//! `opentelemetry/proto/common/v1/common.proto`, `…/resource/v1/resource.proto`.

use super::{Kind, Message, Role, many, one, one_of};
use crate::field::{any_value, entity_ref, key_value, resource, scope, values};

pub(super) static RESOURCE: Message = Message {
    name: "Resource",
    role: Role::Envelope,
    fields: &[
        many(
            resource::ATTRIBUTES,
            "attributes",
            Kind::Message(&KEY_VALUE),
        ),
        one(
            resource::DROPPED_ATTRIBUTES_COUNT,
            "droppedAttributesCount",
            Kind::Uint32,
        ),
        many(
            resource::ENTITY_REFS,
            "entityRefs",
            Kind::Message(&ENTITY_REF),
        ),
    ],
};

pub(super) static SCOPE: Message = Message {
    name: "InstrumentationScope",
    role: Role::Envelope,
    fields: &[
        one(scope::NAME, "name", Kind::String),
        one(scope::VERSION, "version", Kind::String),
        many(scope::ATTRIBUTES, "attributes", Kind::Message(&KEY_VALUE)),
        one(
            scope::DROPPED_ATTRIBUTES_COUNT,
            "droppedAttributesCount",
            Kind::Uint32,
        ),
    ],
};

pub(super) static KEY_VALUE: Message = Message {
    name: "KeyValue",
    role: Role::Part,
    fields: &[
        one(key_value::KEY, "key", Kind::String),
        one(key_value::VALUE, "value", Kind::Message(&ANY_VALUE)),
    ],
};

pub(super) static ANY_VALUE: Message = Message {
    name: "AnyValue",
    role: Role::Part,
    fields: &[
        one_of(any_value::STRING, "stringValue", Kind::String),
        one_of(any_value::BOOL, "boolValue", Kind::Bool),
        one_of(any_value::INT, "intValue", Kind::Int64),
        one_of(any_value::DOUBLE, "doubleValue", Kind::Double),
        one_of(any_value::ARRAY, "arrayValue", Kind::Message(&ARRAY_VALUE)),
        one_of(
            any_value::KVLIST,
            "kvlistValue",
            Kind::Message(&KEY_VALUE_LIST),
        ),
        one_of(any_value::BYTES, "bytesValue", Kind::Bytes),
    ],
};

static ARRAY_VALUE: Message = Message {
    name: "ArrayValue",
    role: Role::Part,
    fields: &[many(values::VALUES, "values", Kind::Message(&ANY_VALUE))],
};

static KEY_VALUE_LIST: Message = Message {
    name: "KeyValueList",
    role: Role::Part,
    fields: &[many(values::VALUES, "values", Kind::Message(&KEY_VALUE))],
};

static ENTITY_REF: Message = Message {
    name: "EntityRef",
    role: Role::Envelope,
    fields: &[
        one(entity_ref::SCHEMA_URL, "schemaUrl", Kind::String),
        one(entity_ref::TYPE, "type", Kind::String),
        many(entity_ref::ID_KEYS, "idKeys", Kind::String),
        many(
            entity_ref::DESCRIPTION_KEYS,
            "descriptionKeys",
            Kind::String,
        ),
    ],
};
