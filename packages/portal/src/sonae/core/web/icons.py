"""Line icons of our own, 24 units square. Every one is decoration: the words beside it carry the meaning."""

PATHS: dict[str, str] = {
    "neutral": '<circle cx="12" cy="12" r="8"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5"/><circle class="solid" cx="12" cy="7.6" r="1.3"/>',
    "success": '<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.8 2.8L16 9.6"/>',
    "warning": '<path d="M12 3.5 2.6 20h18.8zM12 10v4.6"/><circle class="solid" cx="12" cy="17.3" r="1.2"/>',
    "danger": '<path d="M8.2 2.9h7.6l5.3 5.3v7.6l-5.3 5.3H8.2l-5.3-5.3V8.2z"/><path d="m9 9 6 6m0-6-6 6"/>',
    "chevron": '<path d="m6 9 6 6 6-6"/>',
    "sort": '<path d="m8 10 4-4 4 4m-8 4 4 4 4-4"/>',
    "ascending": '<path d="M12 19V6m-5 5 5-5 5 5"/>',
    "descending": '<path d="M12 5v13m-5-5 5 5 5-5"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 20.5c.8-4 4-6 8-6s7.2 2 8 6"/>',
    "globe": '<circle cx="12" cy="12" r="9"/><ellipse cx="12" cy="12" rx="4" ry="9"/><path d="M3 12h18"/>',
    "contrast": '<circle cx="12" cy="12" r="9"/><path class="solid" d="M12 3a9 9 0 0 1 0 18z"/>',
    "download": '<path d="M12 4v11m-4.5-4.5L12 15l4.5-4.5M4 19.5h16"/>',
    "external": '<path d="M14 4h6v6m0-6-9 9M18 14v6H4V6h6"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "empty": '<path d="M4 13.5 7 5h10l3 8.5V19H4zm0 0h5l1 2h4l1-2h5"/>',
    "copy": '<rect x="8.5" y="8.5" width="12" height="12" rx="2"/><path d="M15.5 5.5v-2h-12v12h2"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.5l3.5 2"/>',
    "blocked": '<circle cx="12" cy="12" r="9"/><path d="m5.8 5.8 12.4 12.4"/>',
}
