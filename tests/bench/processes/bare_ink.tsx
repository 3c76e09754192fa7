import { Box, render, Text, useApp, useInput } from "ink";

/** The smallest program with Ink and React that draws a frame and quits on a key, with the terminal's options. */
function Bare() {
  const { exit } = useApp();
  useInput((input) => {
    if (input === "q") exit();
  });
  return (
    <Box>
      <Text>Sallyport</Text>
    </Box>
  );
}

await render(<Bare />, { alternateScreen: true, incrementalRendering: true }).waitUntilExit();
