/** Depths of the swell, from the horizon to the foot of the page; each line is a little calmer and fainter. */
const SWELL = [560, 566, 576, 589, 606, 628, 652, 681, 714, 750, 790, 834, 882, 933, 988];

const wave = (y: number, index: number): string => {
  const height = 26 - index * 0.6;
  return `M-20 ${y}C120 ${y - height} 210 ${y + 18 - index * 0.35} 340 ${y - 8}S560 ${y + 23 - index * 0.45} 680 ${y - 16 + index * 0.4}`;
};

/** A lighthouse over a calm sea: the only picture of the product. */
export const Horizon = () => (
  <svg className="horizon" viewBox="0 0 640 900" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
    <g fill="none" stroke="currentColor" strokeWidth="1.5">
      {SWELL.map((y, index) => (
        <path key={y} opacity={0.75 - index * 0.035} d={wave(y, index)} />
      ))}
    </g>
    <path d="M250 486 L720 250 L720 430 Z" fill="currentColor" opacity=".09" />
    <path d="M250 486 L720 305 L720 375 Z" fill="currentColor" opacity=".13" />
    <circle cx="250" cy="486" r="9" fill="currentColor" />
    <path
      d="M237 503h26M233 566l7-58h20l7 58z"
      fill="currentColor"
      stroke="currentColor"
      strokeWidth="4"
      strokeLinecap="round"
    />
  </svg>
);
