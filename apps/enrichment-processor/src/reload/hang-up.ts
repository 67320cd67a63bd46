/**
 * SIGHUP asks for a reload, and ends a program that does not listen to it. This module is loaded before all others,
 * so that it is listened to while they are; what is asked then is done once there is somebody to do it.
 */
let isAsked = false;
let reload: (() => void) | undefined;

process.on('SIGHUP', () => {
  if (reload === undefined) isAsked = true;
  else reload();
});

/** From now on, and now if it has been asked already. */
export function onHangUp(run: () => void): void {
  reload = run;
  if (isAsked) run();
  isAsked = false;
}
