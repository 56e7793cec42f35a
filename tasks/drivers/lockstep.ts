// What a driver of the user's own imports, as 'lockstep': see tasks/engine/run/user-drivers.ts.
export { z } from 'zod'
export { httpAddress, lateText, plainName, relativePath, secretText } from '../engine/config/fields.ts'
export { defineDriver } from '../engine/plan/driver.ts'
export { sh } from '../engine/plan/shell.ts'
export { changes, checks, guards, pool, reads } from '../engine/plan/step.ts'
