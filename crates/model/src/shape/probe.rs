//! The deserializer without input behind [`super::shape_of`].

use serde::de::value::{BorrowedStrDeserializer, Error};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::Shape;

/// A string that every string type of the service model accepts, status codes included.
const PLACEHOLDER: &str = "200";

/// Notes in `seen` what a type asks for.
pub(super) struct Probe<'a> {
    pub(super) seen: &'a mut Shape,
}

macro_rules! scalar {
    ($($method:ident => $shape:ident, $visit:ident($($value:expr)?);)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            *self.seen = Shape::$shape;
            visitor.$visit($($value)?)
        })+
    };
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    scalar! {
        deserialize_any => Any, visit_unit();
        deserialize_bool => Boolean, visit_bool(true);
        deserialize_i8 => Integer, visit_i8(1);
        deserialize_i16 => Integer, visit_i16(1);
        deserialize_i32 => Integer, visit_i32(1);
        deserialize_i64 => Integer, visit_i64(1);
        deserialize_u8 => Integer, visit_u8(1);
        deserialize_u16 => Integer, visit_u16(1);
        deserialize_u32 => Integer, visit_u32(1);
        deserialize_u64 => Integer, visit_u64(1);
        deserialize_f32 => Double, visit_f32(1.0);
        deserialize_f64 => Double, visit_f64(1.0);
        deserialize_str => Text, visit_borrowed_str(PLACEHOLDER);
        deserialize_string => Text, visit_borrowed_str(PLACEHOLDER);
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        let Self { seen } = self;
        let value = visitor.visit_newtype_struct(Probe { seen })?;
        if name == "Timestamp" {
            *seen = Shape::Timestamp;
        }
        Ok(value)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut item = Shape::Any;
        let value = visitor.visit_seq(Once { key: &mut Shape::Any, item: &mut item, done: false })?;
        *self.seen = Shape::List(Box::new(item));
        Ok(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let (mut key, mut item) = (Shape::Any, Shape::Any);
        let value = visitor.visit_map(Once { key: &mut key, item: &mut item, done: false })?;
        *self.seen = Shape::Map(Box::new(key), Box::new(item));
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut members = Vec::with_capacity(fields.len());
        let value = visitor.visit_map(Members { fields, members: &mut members })?;
        *self.seen = Shape::Structure { name, members };
        Ok(value)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        values: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.seen = Shape::Closed { name, values };
        visitor.visit_enum(First(values.first().copied().unwrap_or_default()))
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// One element of a list, or one entry of a map.
struct Once<'a> {
    key: &'a mut Shape,
    item: &'a mut Shape,
    done: bool,
}

impl<'de> SeqAccess<'de> for Once<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if std::mem::replace(&mut self.done, true) {
            return Ok(None);
        }
        seed.deserialize(Probe { seen: self.item }).map(Some)
    }
}

impl<'de> MapAccess<'de> for Once<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if std::mem::replace(&mut self.done, true) {
            return Ok(None);
        }
        seed.deserialize(Probe { seen: self.key }).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Probe { seen: self.item })
    }
}

/// Every member of a structure, once.
struct Members<'a> {
    fields: &'static [&'static str],
    members: &'a mut Vec<(&'static str, Shape)>,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(field) = self.fields.get(self.members.len()) else { return Ok(None) };
        self.members.push((field, Shape::Any));
        seed.deserialize(BorrowedStrDeserializer::new(field)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let (_, shape) = self.members.last_mut().expect("serde asks for a key before its value");
        seed.deserialize(Probe { seen: shape })
    }
}

/// The first variant of an enum, without content.
struct First(&'static str);

impl<'de> EnumAccess<'de> for First {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let variant = seed.deserialize(BorrowedStrDeserializer::new(self.0))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for First {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Probe { seen: &mut Shape::Any })
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _visitor: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("wire enums have no tuple variants"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _fields: &'static [&'static str], _visitor: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("wire enums have no struct variants"))
    }
}
