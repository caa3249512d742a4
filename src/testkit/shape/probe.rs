//! A source of values that gives a type whatever it asks for, and notes what that was.

use std::{any::type_name, fmt, slice};

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::explore::Trace;

/// Texts that one type or another accepts.
const WORDS: &[&str] = &[
    "a",
    "",
    "0",
    "1",
    "EUR",
    "en",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00+00:00[UTC]",
    "12:00:00",
    "PT1H",
    "1s",
    "UTC",
    "+15005550006",
    "whatsapp:+15005550006",
    "a@example.com",
    "https://example.com/",
    "127.0.0.1",
    "00000000-0000-0000-0000-000000000000",
];
const NUMBERS: &[u32] = &[0, 1, 2, 7, 10, 100];
/// What is read where a type takes anything: nothing, a text, a number.
const ANYTHING: usize = 3;
/// Types within types; a deeper one has no end.
const DEEPEST: usize = 64;

/// One place of a type, where it asks for a value.
pub(super) struct Probe<'a> {
    trace: &'a mut Trace,
    place: String,
    is_optional: bool,
}

/// Why a reading came to nothing.
#[derive(Debug)]
pub(super) enum Stop {
    /// The type did not accept a value.
    Refused(String),
    /// The field of this name has come under another of its names already.
    Twice(&'static str),
    /// A type within itself.
    Endless,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => f.write_str(why),
            Self::Twice(_) => f.write_str("a field came twice"),
            Self::Endless => f.write_str("a type within itself"),
        }
    }
}

impl std::error::Error for Stop {}

impl de::Error for Stop {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Self::Refused(why.to_string())
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::Twice(name)
    }
}

impl<'a> Probe<'a> {
    pub(super) fn new(trace: &'a mut Trace) -> Self {
        Self { trace, place: String::new(), is_optional: false }
    }

    fn at(trace: &'a mut Trace, place: String) -> Self {
        Self { trace, place, is_optional: false }
    }

    fn note(&mut self, kind: &str) {
        if self.trace.reading.again == 0 {
            let optional = if self.is_optional { "optional " } else { "" };
            let place = self.trace.form.entry(self.place.clone());
            place.or_insert_with(|| [optional, kind].concat());
        }
    }

    /// Notes a leaf, and says which of its candidates it takes.
    fn leaf(&mut self, kind: &str, candidates: usize) -> usize {
        self.note(kind);
        self.trace.reading.leaf = Some((self.place.clone(), candidates));
        self.trace.candidates.get(&self.place).copied().unwrap_or_default()
    }

    /// Reads what is in an optional value, a list or a map, unless that stays empty.
    fn within<T>(self, read: impl FnOnce(Probe<'_>, bool) -> Result<T, Stop>) -> Result<T, Stop> {
        let Self { trace, place, is_optional } = self;
        let container = format!("{}{place}", if is_optional { "optional " } else { "" });
        let is_empty = trace.is_bare || trace.empty.contains(&container);
        trace.reading.containers.push(container);
        let value = read(Probe { trace: &mut *trace, place, is_optional }, is_empty)?;
        trace.reading.containers.pop();
        Ok(value)
    }

    /// Reads a type of fields or of variants; `again` says whether it is within itself.
    fn typed<T>(self, read: impl FnOnce(Probe<'_>, bool) -> Result<T, Stop>) -> Result<T, Stop> {
        let Self { trace, place, is_optional } = self;
        let name = type_name::<T>();
        let again = trace.reading.types.contains(&name);
        let mut probe = Probe { trace: &mut *trace, place, is_optional };
        if again {
            let short = name.rsplit("::").next().unwrap_or(name);
            probe.note(&format!("{short} again"));
        }
        if probe.trace.reading.types.len() >= DEEPEST {
            return Err(Stop::Endless);
        }
        probe.trace.reading.types.push(name);
        probe.trace.reading.again += usize::from(again);
        let value = read(probe, again)?;
        trace.reading.types.pop();
        trace.reading.again -= usize::from(again);
        Ok(value)
    }

    fn fields(self, fields: &'static [&'static str]) -> Fields<'a> {
        Fields { trace: self.trace, place: self.place, names: fields.iter(), newest: String::new() }
    }

    fn elements(self, places: Vec<String>) -> Elements<'a> {
        Elements { trace: self.trace, places: places.into_iter() }
    }

    /// The places of a tuple's parts.
    fn parts(&self, len: usize) -> Vec<String> {
        (0..len).map(|part| format!("{}.{part}", self.place)).collect()
    }
}

macro_rules! leaves {
    ($($method:ident $kind:literal $candidates:expr, |$visitor:ident, $taken:ident| $visit:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(mut self, $visitor: V) -> Result<V::Value, Stop> {
            let $taken = self.leaf($kind, $candidates);
            $visit
        }
    )*};
}

macro_rules! numbers {
    ($($method:ident $kind:literal)*) => {
        leaves! {$(
            $method $kind NUMBERS.len(), |visitor, at| visitor.visit_u64(NUMBERS[at].into());
        )*}
    };
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Stop;

    numbers! {
        deserialize_u8 "u8"
        deserialize_u16 "u16"
        deserialize_u32 "u32"
        deserialize_u64 "u64"
        deserialize_u128 "u128"
        deserialize_i8 "i8"
        deserialize_i16 "i16"
        deserialize_i32 "i32"
        deserialize_i64 "i64"
        deserialize_i128 "i128"
    }

    leaves! {
        deserialize_bool "bool" 2, |visitor, at| visitor.visit_bool(at == 1);
        deserialize_f32 "f32" NUMBERS.len(), |visitor, at| visitor.visit_f64(NUMBERS[at].into());
        deserialize_f64 "f64" NUMBERS.len(), |visitor, at| visitor.visit_f64(NUMBERS[at].into());
        deserialize_char "char" 1, |visitor, _at| visitor.visit_char('a');
        deserialize_str "text" WORDS.len(), |visitor, at| visitor.visit_borrowed_str(WORDS[at]);
        deserialize_string "text" WORDS.len(), |visitor, at| visitor.visit_borrowed_str(WORDS[at]);
        deserialize_bytes "bytes" 1, |visitor, _at| visitor.visit_borrowed_bytes(b"a");
        deserialize_byte_buf "bytes" 1, |visitor, _at| visitor.visit_borrowed_bytes(b"a");
        deserialize_unit "nothing" 1, |visitor, _at| visitor.visit_unit();
        deserialize_any "anything" ANYTHING, |visitor, at| match at {
            0 => visitor.visit_unit(),
            1 => visitor.visit_borrowed_str(WORDS[0]),
            _ => visitor.visit_u64(0),
        };
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Stop> {
        self.is_optional = true;
        self.within(
            |inner, is_empty| {
                if is_empty { visitor.visit_none() } else { visitor.visit_some(inner) }
            },
        )
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.typed(
            |inner, again| {
                if again { Err(Stop::Endless) } else { visitor.visit_newtype_struct(inner) }
            },
        )
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Stop> {
        self.note("list");
        self.within(|inner, is_empty| {
            let place = (!is_empty).then(|| format!("{}[]", inner.place));
            visitor.visit_seq(inner.elements(place.into_iter().collect()))
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        mut self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.note(&format!("tuple of {len}"));
        let parts = self.parts(len);
        visitor.visit_seq(self.elements(parts))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.typed(
            |inner, again| {
                if again { Err(Stop::Endless) } else { inner.deserialize_tuple(len, visitor) }
            },
        )
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Stop> {
        self.note("map");
        self.within(|inner, is_empty| {
            visitor.visit_map(Entries { trace: inner.trace, place: inner.place, is_over: is_empty })
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.typed(|mut inner, again| {
            if again {
                return Err(Stop::Endless);
            }
            inner.note("record");
            visitor.visit_map(inner.fields(fields))
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.typed(|mut inner, again| {
            let mut names = variants.to_vec();
            names.sort_unstable();
            inner.note(&format!("one of {}", names.join(", ")));
            let planned = inner.trace.plan.get(&inner.place).copied();
            if planned.is_none() && !again {
                inner.trace.reading.undecided.push((inner.place.clone(), variants.len()));
            }
            let taken = planned.filter(|_| !again).unwrap_or_default();
            let Some(variant) = variants.get(taken) else {
                return Err(Stop::Refused("an enum without variants".to_owned()));
            };
            let place = format!("{}<{variant}>", inner.place);
            visitor.visit_enum(Taken { probe: Probe::at(inner.trace, place), variant })
        })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Stop> {
        Err(Stop::Refused("its fields are flattened".to_owned()))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_unit()
    }
}

/// The fields of a record.
struct Fields<'a> {
    trace: &'a mut Trace,
    place: String,
    names: slice::Iter<'static, &'static str>,
    newest: String,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, key: K) -> Result<Option<K::Value>, Stop> {
        for field in self.names.by_ref() {
            let place = format!("{}.{field}", self.place);
            if self.trace.left_out.contains(&place) {
                continue;
            }
            if self.trace.reading.again == 0 {
                self.trace.reading.fields.push(place.clone());
            }
            self.trace.reading.before = std::mem::replace(&mut self.newest, place);
            return key.deserialize(IntoDeserializer::<Stop>::into_deserializer(*field)).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, value: V) -> Result<V::Value, Stop> {
        value.deserialize(Probe::at(&mut *self.trace, self.newest.clone()))
    }
}

/// The elements of a list, the parts of a tuple.
struct Elements<'a> {
    trace: &'a mut Trace,
    places: std::vec::IntoIter<String>,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        element: T,
    ) -> Result<Option<T::Value>, Stop> {
        let place = self.places.next();
        place.map(|place| element.deserialize(Probe::at(&mut *self.trace, place))).transpose()
    }
}

/// One entry of a map, or none.
struct Entries<'a> {
    trace: &'a mut Trace,
    place: String,
    is_over: bool,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, key: K) -> Result<Option<K::Value>, Stop> {
        if std::mem::replace(&mut self.is_over, true) {
            return Ok(None);
        }
        let place = format!("{}{{key}}", self.place);
        key.deserialize(Probe::at(&mut *self.trace, place)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, value: V) -> Result<V::Value, Stop> {
        value.deserialize(Probe::at(&mut *self.trace, format!("{}{{}}", self.place)))
    }
}

/// The variant that is taken of an enum.
struct Taken<'a> {
    probe: Probe<'a>,
    variant: &'static str,
}

impl<'de, 'a> EnumAccess<'de> for Taken<'a> {
    type Error = Stop;
    type Variant = Probe<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        variant: V,
    ) -> Result<(V::Value, Self::Variant), Stop> {
        let name = IntoDeserializer::<Stop>::into_deserializer(self.variant);
        Ok((variant.deserialize(name)?, self.probe))
    }
}

impl<'de> VariantAccess<'de> for Probe<'_> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, value: T) -> Result<T::Value, Stop> {
        value.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.note("record");
        visitor.visit_map(self.fields(fields))
    }
}
