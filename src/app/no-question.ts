import { OrcError } from '../kernel/errors.js';

export function noQuestion(): OrcError {
  return new OrcError('NOT_FOUND', 'No such question stands open.', {
    hint: 'It may have expired after 120 s. tmux-orc security approvals lists the open ones.',
  });
}
