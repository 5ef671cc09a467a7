package home

var DesktopOf = desktopOf
