/** How a method can be guarded. `NONE` is no guard. A list of its own, so that deciding needs nothing of the policy's schema. */
export const AUTHORIZATION_TYPES = ['AWS_IAM', 'COGNITO_USER_POOLS', 'CUSTOM'] as const
