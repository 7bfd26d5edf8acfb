//! A row of the catalogues as an object of the model: a column is the field of its name, and a null is a field that is absent.
//!
//! The server writes plain values (texts, numbers, `t` and `f`) for a fraction of what JSON costs it; lists and nested objects are JSON.

use postgres::SimpleQueryRow;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

/// Reads the columns of `row` from the one numbered `first` on.
///
/// # Errors
/// A field is missing, or a value is not of its field's type.
pub(super) fn object<T: DeserializeOwned>(row: &SimpleQueryRow, first: usize) -> Result<T, Error> {
    T::deserialize(Fields { row, next: first })
}

struct Fields<'a> {
    row: &'a SimpleQueryRow,
    next: usize,
}

impl<'de> Deserializer<'de> for Fields<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        while self.next < self.row.len() && self.row.get(self.next).is_none() {
            self.next += 1;
        }
        let Some(column) = self.row.columns().get(self.next) else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, Error> = column.name().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let value = self.row.get(self.next).unwrap_or_default();
        let name = self.row.columns().get(self.next).map_or("", |column| column.name());
        self.next += 1;
        seed.deserialize(Value(value))
            .map_err(|error| Error::custom(format_args!("{error} in `{name}`, which is `{value}`")))
    }
}

/// A value as the server writes it.
struct Value<'a>(&'a str);

impl<'a> Value<'a> {
    fn json<T>(
        &self,
        read: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::StrRead<'a>>) -> serde_json::Result<T>,
    ) -> Result<T, Error> {
        read(&mut serde_json::Deserializer::from_str(self.0)).map_err(Error::custom)
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            "t" => visitor.visit_bool(true),
            "f" => visitor.visit_bool(false),
            _ => Err(Error::custom("expected `t` or `f`")),
        }
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i32(self.0.parse().map_err(Error::custom)?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.0.parse().map_err(Error::custom)?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.0.parse().map_err(Error::custom)?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let name_of_variant: StrDeserializer<'_, Error> = self.0.into_deserializer();
        name_of_variant.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.json(|json| json.deserialize_seq(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.json(|json| json.deserialize_struct(name, fields, visitor))
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct map identifier ignored_any
    }
}
