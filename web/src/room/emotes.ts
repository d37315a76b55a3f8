/** The quick emotes that the server takes (`EMOTES` in room/wire.rs). */
export const EMOTES = ['👋', '👍', '👏', '😂', '😮', '🤔', '🔥', '🎉'] as const;
