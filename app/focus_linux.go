//go:build linux && desktop

package app

/*
#cgo pkg-config: gtk+-3.0
#include <gtk/gtk.h>

static gboolean take_no_focus(gpointer unused) {
	GList *windows = gtk_window_list_toplevels();
	for (GList *w = windows; w != NULL; w = w->next)
		gtk_window_set_focus_on_map(GTK_WINDOW(w->data), FALSE);
	g_list_free(windows);
	return G_SOURCE_REMOVE;
}

static void request_no_focus(void) { g_idle_add(take_no_focus, NULL); }
*/
import "C"

// takeNoFocus asks the window manager not to give the window the keyboard when
// it is shown: a question must not catch what the person is typing elsewhere.
// A click, or the host's wish to raise it, still does.
func takeNoFocus() { C.request_no_focus() }
