import { mount } from "svelte";
import App from "./App.svelte";
import { HTTPHost } from "./host/client";
import "./look/look.css";
import { WindowState } from "./window.svelte";

const target = document.getElementById("app");
const key = document.querySelector<HTMLMetaElement>('meta[name="gatehouse-key"]')?.content;
if (!target) throw new Error("the page has no #app");
mount(App, { target, props: { state: new WindowState(new HTTPHost(key ?? "")) } });
