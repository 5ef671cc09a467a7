package permissions_test

import (
	"context"
	"fmt"

	"gatehouse/permissions"
)

func ExampleParse() {
	for _, s := range []string{
		"fs:read:${workspace}/docs/**",
		"net:HEAD,GET:https://API.github.com/repos/**",
		"fs:read:/**",
		"fs:read:${workspace}/report[1].pdf",
	} {
		g, err := permissions.Parse(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(g, "means: it may", permissions.Sentence(g))
	}
	// Output:
	// fs:read:${workspace}/docs/** means: it may read “docs/**” in the workspace
	// grant "net:HEAD,GET:https://API.github.com/repos/**", character 5: the canonical spelling is "net:GET,HEAD:https://api.github.com:443/repos/**"
	// grant "fs:read:/**", character 9: the first folder has no wildcard, or the grant would be for every file; if a shell dropped ${workspace}, put the grant in single quotes
	// grant "fs:read:${workspace}/report[1].pdf", character 28: there are no classes, choices or variables here; the character itself is written \[
}

func ExampleGrant_Covers() {
	line, _ := permissions.Parse("fs:read:${workspace}/**")
	for _, path := range []string{"/home/me/acme/docs/a.md", "/home/me/acme/.env", "/home/me/other/a.md"} {
		fmt.Println(path, line.Covers(permissions.FileGrant(permissions.Read, path), "/home/me/acme"))
	}
	// Output:
	// /home/me/acme/docs/a.md true
	// /home/me/acme/.env false
	// /home/me/other/a.md false
}

func ExampleCheckRequires() {
	files, _ := permissions.Parse("fs:read:${workspace}/**")
	network, _ := permissions.Parse("net:POST:https://api.example.com:443/**")
	fmt.Println(permissions.CheckRequires([]permissions.Line{{Grant: files}, {Grant: network}}))
	// Output:
	// required "net:POST:https://api.example.com:443/**": files and the network are never required together; make one of them optional
}

// A call that nobody can be asked about is refused; nothing is granted by default.
func ExampleBroker() {
	read, _ := permissions.Parse("fs:read:/usr/share/dict/*")
	broker := permissions.NewBroker(permissions.Options{})
	call := broker.Begin(
		permissions.Subject{Skill: "speller", Signer: "unsigned", Client: "terminal"},
		permissions.Capabilities{Optional: []permissions.Line{{Grant: read, Why: "looks words up"}}},
		permissions.CallInfo{ID: "c-1", Tool: "spell"},
	)
	defer call.End()
	fmt.Println(call.Check(context.Background(), permissions.Need{Grant: permissions.FileGrant(permissions.Read, "/usr/share/dict/words")}))
	fmt.Println(call.Check(context.Background(), permissions.Need{Grant: permissions.FileGrant(permissions.Read, "/etc/passwd")}))
	// Output:
	// approver_unavailable: fs:read:/usr/share/dict/words
	// undeclared: fs:read:/etc/passwd
}
