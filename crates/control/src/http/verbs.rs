//! The verbs, written once over every noun below an HTTP API: create, get, list, update, delete.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use stagegate_model::keys::HttpNoun;
use stagegate_store::BoxFuture;

use super::edit::Place;
use super::members::{self, Member};
use super::page;
use crate::call::{Call, Reply};
use crate::fault::Fault;
use crate::transaction::Transaction;

/// A noun below an HTTP API: where it is stored, which members calls may set, what must hold of it.
pub(crate) trait Noun: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The kind of its keys.
    const KIND: HttpNoun;
    /// The member that identifies it, which the path names as well.
    const ID: &'static str;
    /// What calls may set.
    const MEMBERS: &'static [Member];
    /// Whether deployments freeze it.
    const IS_FROZEN: bool;

    /// Its id.
    fn id(&self) -> &str;

    /// The id of a new one, and the members that it has without being asked.
    fn defaults(call: &Call, made: &Map<String, Value>) -> Map<String, Value>;

    /// The fault that there is none with this id.
    fn missing(id: &str) -> Fault;

    /// Checks one that was made, or changed from `before`, and brings it into the form it is stored in.
    fn settle<'c>(&'c mut self, before: Option<&'c Self>, place: &'c mut Place<'_>)
    -> BoxFuture<'c, Result<(), Fault>>;

    /// Refuses to delete one that is in use.
    fn release<'c>(&'c self, _place: &'c mut Place<'_>) -> BoxFuture<'c, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }
}

/// Creates a noun.
pub(crate) async fn create<N: Noun>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let made = members::made(call, N::MEMBERS)?;
    let mut place = Place::edit(call, transaction).await?;
    let noun: N = make(made, &mut place).await?;
    finish(&noun, &mut place).await
}

/// Makes a noun of what a call, or an import, says of it; nothing is written.
pub(crate) async fn make<N: Noun>(made: Map<String, Value>, place: &mut Place<'_>) -> Result<N, Fault> {
    let mut document = N::defaults(place.call, &made);
    members::merge(&mut document, made, N::MEMBERS);
    let mut noun: N = parse(document)?;
    noun.settle(None, place).await?;
    Ok(noun)
}

/// A noun as a definition describes it, checked member by member; whether it fits its API is not checked, and nothing is written.
pub(super) fn draft<N: Noun>(said: &N, call: &Call) -> Result<N, Fault> {
    let mut said = members_of(said)?;
    let beyond = said.shift_remove("beyond");
    said.shift_remove(N::ID);
    let given = members::given(said, N::MEMBERS)?;
    let mut document = N::defaults(call, &given);
    members::merge(&mut document, given, N::MEMBERS);
    document.extend(beyond.map(|beyond| ("beyond".to_owned(), beyond)));
    parse(document)
}

/// Reads a noun.
pub(crate) async fn get<N: Noun>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut place = Place::read(call, transaction).await?;
    Place::reply(&load::<N>(&mut place).await?)
}

/// Lists nouns, one page.
pub(crate) async fn list<N: Noun>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let place = Place::read(call, transaction).await?;
    page::cut(call, place.nouns::<Value>(N::KIND).await?.into_iter())
}

/// Changes a noun.
pub(crate) async fn update<N: Noun>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let change = members::changed(call, N::MEMBERS)?;
    let mut place = Place::edit(call, transaction).await?;
    let before = load::<N>(&mut place).await?;
    let mut document = members_of(&before)?;
    members::merge(&mut document, change, N::MEMBERS);
    let mut noun: N = parse(document)?;
    noun.settle(Some(&before), &mut place).await?;
    finish(&noun, &mut place).await
}

/// Deletes a noun.
pub(crate) async fn delete<N: Noun>(call: &Call, transaction: &mut Transaction) -> Result<Reply, Fault> {
    let mut place = Place::edit(call, transaction).await?;
    let noun = load::<N>(&mut place).await?;
    noun.release(&mut place).await?;
    place.delete(N::KIND, noun.id());
    if N::IS_FROZEN {
        place.deploy().await?;
    }
    Ok(Reply::Empty)
}

/// The noun of the path.
pub(crate) async fn load<N: Noun>(place: &mut Place<'_>) -> Result<N, Fault> {
    let id = place.call.parameter(N::ID);
    place.noun(N::KIND, id, || N::missing(id)).await
}

/// Writes a noun, deploys it where that goes by itself, and answers it.
async fn finish<N: Noun>(noun: &N, place: &mut Place<'_>) -> Result<Reply, Fault> {
    place.put(N::KIND, noun.id(), noun)?;
    if N::IS_FROZEN {
        place.deploy().await?;
    }
    Place::reply(noun)
}

/// A noun as the object that it is on the wire.
pub(crate) fn members_of<T: Serialize>(noun: &T) -> Result<Map<String, Value>, Fault> {
    match serde_json::to_value(noun) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Fault::internal("a noun is no object")),
        Err(error) => Err(Fault::internal(error.to_string())),
    }
}

/// An object whose members were checked, as the noun that it is.
pub(crate) fn parse<T: DeserializeOwned>(members: Map<String, Value>) -> Result<T, Fault> {
    serde_json::from_value(Value::Object(members))
        .map_err(|error| Fault::bad_request(format!("Invalid request: {error}")))
}
