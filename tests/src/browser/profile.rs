//! What a browser is opened with: its size, its language, and what its user prefers.

use serde_json::{Value, json};

/// What a page takes up, in CSS pixels at a zoom of 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// A window on a clinician's desk.
pub const DESKTOP: Size = Size { width: 1280, height: 900 };
/// A narrow phone.
pub const PHONE: Size = Size { width: 360, height: 780 };

/// Which colours the user prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

/// What a browser is opened with. By default a light desktop in English.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The size of the page.
    pub size: Size,
    /// The first language that pages are asked for, such as `fr`.
    pub language: &'static str,
    /// The colours.
    pub scheme: Scheme,
    /// How large everything is: 200 has half as many pixels in each direction, and each twice as large.
    pub zoom_percent: u32,
}

impl Default for Profile {
    fn default() -> Self {
        Self { size: DESKTOP, language: "en", scheme: Scheme::Light, zoom_percent: 100 }
    }
}

impl Profile {
    /// Arguments of the browser.
    pub(super) fn arguments(&self) -> Vec<String> {
        let Size { width, height } = self.size;
        let fixed = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // As on a phone, they take no room from the page.
            "--hide-scrollbars",
            // Ends the browser with the driver, however that ends.
            "--remote-debugging-pipe",
        ];
        let own = [
            format!("--window-size={width},{height}"),
            format!("--lang={}", self.language),
            format!("--accept-lang={}", self.language),
        ];
        fixed.into_iter().map(str::to_owned).chain(own).collect()
    }

    /// Commands of the DevTools Protocol, for what arguments cannot say: a window is never as narrow as a phone.
    pub(super) fn emulations(&self) -> [(&'static str, Value); 2] {
        let zoomed = |pixels: u32| pixels * 100 / self.zoom_percent;
        let metrics = json!({
            "width": zoomed(self.size.width),
            "height": zoomed(self.size.height),
            "deviceScaleFactor": f64::from(self.zoom_percent) / 100.0,
            "mobile": false,
        });
        let scheme = match self.scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        // Nothing that is to be looked at is moving.
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]});
        [("Emulation.setDeviceMetricsOverride", metrics), ("Emulation.setEmulatedMedia", media)]
    }
}
