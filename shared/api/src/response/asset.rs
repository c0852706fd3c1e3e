use std::marker::PhantomData;

use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::tagged::{document_tag, tag_of, tagged};
use super::{IntoResponse, Response};
use crate::openapi::Operation;
use crate::request::{FromPath, Request};

macro_rules! page_policy {
    ($more:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; ",
            "form-action 'none'; frame-ancestors 'none'; ",
            $more
        )
    };
}

/// The `Content-Security-Policy` of a page: it loads and calls this API alone, nothing inline, other sites can't frame
/// it, and its scripts can't make markup of text.
pub const PAGE_POLICY: &str = page_policy!("img-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'");

/// [`PAGE_POLICY`] for foreign scripts, which have images in their styles and make markup.
pub const LIBRARY_POLICY: &str = page_policy!("img-src 'self' data:");

/// The media types and headers of a kind of [`StaticAsset`].
pub trait AssetKind: Send {
    /// The media types.
    const TYPES: &'static [&'static str];
    /// Further headers of the response.
    const HEADERS: &'static [(HeaderName, &'static str)] = &[];

    /// The schema, for clients that parse the asset.
    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

/// 200 with a text from the binary, or 304 for a client that already has the text (RFC 9110, 13.1.2).
pub struct StaticAsset<K> {
    media_type: &'static str,
    body: &'static str,
    kind: PhantomData<K>,
}

impl<K: AssetKind> StaticAsset<K> {
    /// A text of one of the kind's media types.
    pub const fn new(media_type: &'static str, body: &'static str) -> Self {
        Self { media_type, body, kind: PhantomData }
    }
}

/// The files of a page, all in the binary: name, media type and text of each.
pub trait AssetFiles: AssetKind + Sync + 'static {
    /// The files.
    const FILES: &'static [(&'static str, &'static str, &'static str)];
}

/// One of the files, named by the last segment of the path.
pub struct Asset<K> {
    media_type: &'static str,
    text: &'static str,
    kind: PhantomData<K>,
}

impl<K: AssetFiles> FromPath for Asset<K> {
    const NAME: &str = "asset";

    fn from_path(name: &str) -> Option<Self> {
        let (_, media_type, text) = K::FILES.iter().find(|(known, ..)| *known == name)?;
        Some(Self { media_type, text, kind: PhantomData })
    }

    fn schema() -> Value {
        let names: Vec<_> = K::FILES.iter().map(|(name, ..)| name).collect();
        json!({ "type": "string", "enum": names })
    }
}

impl<K: AssetKind> From<Asset<K>> for StaticAsset<K> {
    fn from(asset: Asset<K>) -> Self {
        Self::new(asset.media_type, asset.text)
    }
}

impl<K: AssetKind> IntoResponse for StaticAsset<K> {
    fn into_response(self, request: &Request) -> Response {
        let mut response = tagged(tag_of(self.body), request, || {
            let response = Response { body: Some(self.body.to_owned()), ..Response::empty(StatusCode::OK) };
            response.with(header::CONTENT_TYPE, self.media_type)
        });
        // A 304 has them, too: its headers replace those of the client's copy (RFC 9111, 3.2).
        for (name, value) in K::HEADERS {
            response.headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }

    fn document(operation: &mut Operation<'_>) {
        operation.add_response_with_body((StatusCode::OK, "The file.", &[]), K::TYPES, |_| K::schema());
        document_tag(operation);
    }
}
