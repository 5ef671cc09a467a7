//go:build linux && desktop

package app

/*
#cgo pkg-config: gtk+-3.0
#include <gtk/gtk.h>

static gboolean mind_manners(gpointer unused) {
	GList *windows = gtk_window_list_toplevels();
	for (GList *w = windows; w != NULL; w = w->next) {
		gtk_window_set_focus_on_map(GTK_WINDOW(w->data), FALSE);
		gtk_window_set_type_hint(GTK_WINDOW(w->data), GDK_WINDOW_TYPE_HINT_DIALOG);
		gtk_window_set_position(GTK_WINDOW(w->data), GTK_WIN_POS_CENTER_ALWAYS);
	}
	g_list_free(windows);
	return G_SOURCE_REMOVE;
}

static void soon(void) { g_idle_add(mind_manners, NULL); }
*/
import "C"

// mindManners asks the window manager to treat the window as a question: to
// put it in the middle, and not to give it the keyboard when it is shown,
// because it must not catch what the person is typing elsewhere. A click, or
// the host's wish to raise it, still does.
func mindManners() { C.soon() }
