// Recordings made for the tests: a loop on the open sea, where nobody lives.

/** A GPX file of 20 minutes that began at this moment. */
export function gpx(start, { minutes = 20 } = {}) {
  const points = [];
  for (let second = 0; second <= minutes * 60; second += 10) {
    const angle = second / 300;
    // About 3 m/s.
    const latitude = 45 + 0.008 * Math.sin(angle);
    const longitude = -30 + 0.0114 * Math.cos(angle);
    const time = new Date(start.getTime() + second * 1000).toISOString();
    points.push(`<trkpt lat="${latitude.toFixed(6)}" lon="${longitude.toFixed(6)}"><ele>${(5 + Math.sin(angle)).toFixed(1)}</ele><time>${time}</time></trkpt>`);
  }
  return `<?xml version="1.0"?><gpx version="1.1" creator="tests"><trk><type>running</type><trkseg>${points.join("")}</trkseg></trk></gpx>`;
}
