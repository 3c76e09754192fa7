import { workspace, startServer, run, start } from "./support/processes.ts";
Deno.test({ name: "probe", fn: async () => {
  await using place = await workspace();
  const t = performance.now();
  await using server = await startServer("dev", place);
  console.log(performance.now() - t, server.url, server.out(), server.err());
  const token = await server.token();
  for (const args of [["operator", "list"], ["operator", "create", "ada"], ["operator"], ["nonsense"], ["modal", "login", "--nope"], ["modal"], ["doctor"], ["migrate", "status"], ["--help"], ["modal","token","info"]]) {
    const b = performance.now();
    console.log(args.join(" "), await run(args, place.env), performance.now() - b);
  }
  await using login = await start(["modal", "login", "--no-browser", "--write-profile"], place.env);
  await new Promise((r) => setTimeout(r, 3000));
  console.log(login.out(), login.err());
  const page = /http\S+/.exec(login.out())?.[0];
  console.log(page, (await (await fetch(`${page}/approve`, {method: "POST"})).text()).slice(0, 100));
  console.log(await login.finished);
  console.log([...Deno.readDirSync(place.home)], await Deno.readTextFile(place.home + "/.modal.toml").catch(String));
  server.kill("SIGTERM");
  console.log(await server.finished);
}});
