//! Whose numbers they are: the owner, the name, the dimensions.

use super::bytes::{Reader, write_number, write_text};

/// The most dimensions that a series may have (CloudWatch has the same limit).
const DIMENSIONS_MAX: u64 = 30;

/// A series of numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Series {
    /// The account that it belongs to.
    pub account: Box<str>,
    /// The region.
    pub region: Box<str>,
    /// The name of the metric.
    pub name: Box<str>,
    /// The unit, as CloudWatch calls it. Milliseconds are kept as whole microseconds.
    pub unit: Box<str>,
    /// Names and values of the dimensions, in the order of the names.
    pub dimensions: Box<[(Box<str>, Box<str>)]>,
}

impl Series {
    /// How many of the whole numbers that are kept make one of the unit.
    pub fn parts_of_unit(&self) -> u32 {
        if &*self.unit == "Milliseconds" { 1_000 } else { 1 }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for text in [&self.account, &self.region, &self.name, &self.unit] {
            write_text(text, out);
        }
        write_number(self.dimensions.len() as u64, out);
        for (name, value) in &self.dimensions {
            write_text(name, out);
            write_text(value, out);
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let [account, region, name, unit] =
            [reader.text()?, reader.text()?, reader.text()?, reader.text()?].map(Box::from);
        let count = reader.number().filter(|count| *count <= DIMENSIONS_MAX)?;
        let dimensions: Option<Box<[_]>> =
            (0..count).map(|_| Some((reader.text()?.into(), reader.text()?.into()))).collect();
        Some(Self { account, region, name, unit, dimensions: dimensions? })
    }
}
