/** Line and ring colours of seats: told apart on light and dark maps, and neighbours in the list differ most. */
const SEATS = [
  '#e4572e',
  '#1f8fb8',
  '#8a4fd0',
  '#c9890a',
  '#2f9e62',
  '#d6409f',
  '#4666e5',
  '#7a8b1f',
  '#b0532f',
  '#0f9b9b',
  '#a33c5b',
  '#6b7280',
];

export function seatColour(seat: number): string {
  return SEATS[seat % SEATS.length] ?? '#e4572e';
}
