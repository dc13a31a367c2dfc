/** What a consensus key signs to register as a validator: for whoever makes the message. */
export { registrationBytes } from '../../modules/validators/module.ts';
