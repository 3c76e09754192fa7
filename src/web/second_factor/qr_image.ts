const SVG = "http://www.w3.org/2000/svg";

/** Draws the QR code of the server's SVG. Only its size and its path are used, so it cannot run scripts or load files. */
export function qrImage(svg: string): SVGSVGElement {
  const { documentElement: source } = new DOMParser().parseFromString(svg, "image/svg+xml");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", source.querySelector("path")?.getAttribute("d") ?? "");
  const image = document.createElementNS(SVG, "svg");
  image.setAttribute("viewBox", source.getAttribute("viewBox") ?? "");
  image.setAttribute("class", "qr");
  image.setAttribute("role", "img");
  image.setAttribute("aria-label", "QR code for the authenticator app");
  image.append(path);
  return image;
}
