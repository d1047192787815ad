//! Style sheets and the script: embedded in the binary. Their names contain a hash of their content, so that browsers
//! may cache them for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use xxhash_rust::xxh3::xxh3_64;

/// A file that pages link to.
#[derive(Debug)]
pub(super) struct Asset {
    /// Contains a hash of the content.
    pub(super) path: String,
    content_type: &'static str,
    content: &'static str,
}

pub(super) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let content = concat!(
        include_str!("static/base.css"),
        include_str!("static/board.css"),
        include_str!("static/pages.css"),
        include_str!("static/chart.css"),
        include_str!("static/form.css"),
    );
    Asset::of("style", "css", "text/css; charset=utf-8", content)
});

pub(super) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("script", "js", "text/javascript; charset=utf-8", include_str!("static/script.js")));

pub(super) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("icon", "svg", "image/svg+xml", include_str!("static/icon.svg")));

impl Asset {
    fn of(name: &str, ending: &str, content_type: &'static str, content: &'static str) -> Asset {
        Asset { path: format!("/assets/{name}.{:016x}.{ending}", xxh3_64(content.as_bytes())), content_type, content }
    }
}

/// Serves an asset. A name with the hash of another version is not found.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let all = [&*STYLE, &*SCRIPT, &*ICON];
    match all.into_iter().find(|asset| asset.path.strip_prefix("/assets/") == Some(name.as_str())) {
        Some(asset) => {
            let kept = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
            ([(header::CONTENT_TYPE, asset.content_type), kept], asset.content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
