package permissions

// Outgoing is what a request would send, as the host holds it ready: nothing of it has left when the prompt shows it.
type Outgoing struct {
	Method string `json:"method"`
	// URL is the whole address with its query, as it is sent; hostile.
	URL string `json:"url"`
	// Headers are those that the guest chose; hostile.
	Headers []Header `json:"headers,omitempty"`
	// From is the address whose answer led here; empty for a request of the guest's own. Hostile.
	From string `json:"from,omitempty"`
	// Size counts the bytes of the body that are there. Unfinished says that the guest may add more, up to Most in all.
	Size       int64 `json:"size,omitempty"`
	Unfinished bool  `json:"unfinished,omitempty"`
	Most       int64 `json:"most,omitempty"`
	// Text is the beginning of the body, hostile; Cut says that it is not all, Binary that the body is no text.
	Text   string `json:"text,omitempty"`
	Cut    bool   `json:"cut,omitempty"`
	Binary bool   `json:"binary,omitempty"`
}
