// deno-fmt-ignore-file
// Written by `deno task schema` from the schema; do not edit.

/** The schema, for the types of documents. */
export type introspection = {
 "__schema": {
  "queryType": {
   "name": "Query",
   "kind": "OBJECT"
  },
  "mutationType": {
   "name": "Mutation",
   "kind": "OBJECT"
  },
  "subscriptionType": {
   "name": "Subscription",
   "kind": "OBJECT"
  },
  "types": [
   {
    "kind": "OBJECT",
    "name": "AccountDisabledError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INTERFACE",
    "name": "AuthError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "AccountDisabledError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "AuthorizationDeniedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "CodeRejectedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "CredentialNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "FlowEndedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "FlowNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleClientRefusedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleGrantRefusedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleNotConfiguredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleTokenRejectedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleUnreachableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GrantLostError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidCredentialsError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidStateError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "LinkRequiresProofError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "MailNotConfiguredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "MailNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "MailOverError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ModalRejectedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ModalUnreachableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OperatorNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ReauthorizationRequiredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RecentSignInRequiredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RefreshFailedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RefreshTokenReusedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RequirementsNotMetError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "SessionEndedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "SessionNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "TransitionNotAllowedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UserNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UsernameTakenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "WeakPasswordError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "ENUM",
    "name": "AuthErrorCode",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": [
     {
      "name": "ACCOUNT_DISABLED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "AUTHORIZATION_DENIED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "CODE_REJECTED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "CREDENTIAL_NOT_FOUND",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "FLOW_ENDED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "FLOW_NOT_FOUND",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "FLOW_TIMED_OUT",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "FORBIDDEN",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "GOOGLE_NOT_CONFIGURED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "GOOGLE_TOKEN_REJECTED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "INVALID_CREDENTIALS",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "INVALID_INPUT",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "INVALID_STATE",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "LINK_REQUIRES_PROOF",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "MAIL_NOT_CONFIGURED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "MODAL_REJECTED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "OVERLOADED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "PROVIDER_UNAVAILABLE",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "RATE_LIMITED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "REAUTHORIZATION_REQUIRED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "RECENT_SIGN_IN_REQUIRED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "REFRESH_TOKEN_REUSED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "REQUIREMENTS_NOT_MET",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "SESSION_ENDED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "TRANSITION_NOT_ALLOWED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "UNAUTHENTICATED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "UNAVAILABLE",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "USERNAME_TAKEN",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "WEAK_PASSWORD",
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "AuthEvent",
    "fields": [
     {
      "name": "actor",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "at",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "credentialId",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "ID",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "cursor",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "data",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "JSON",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "flowId",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "ID",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "ipAddress",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "sessionId",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "ID",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "type",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "userId",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "ID",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "AuthEventConnection",
    "fields": [
     {
      "name": "edges",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "AuthEventEdge",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "nodes",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "AuthEvent",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "pageInfo",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "PageInfo",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "AuthEventEdge",
    "fields": [
     {
      "name": "cursor",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "node",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthEvent",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "ENUM",
    "name": "AuthMethod",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": [
     {
      "name": "EMAIL_CODE",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "GOOGLE",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "GUEST",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "PASSWORD",
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "AuthMetrics",
    "fields": [
     {
      "name": "databaseFailures",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "databaseOperations",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "instanceId",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "signInFailures",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "signIns",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "stateTransitionFailures",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "stateTransitions",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "timingFailures",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "tokenValidationFailures",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "tokenValidations",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "windowSeconds",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "AuthState",
    "fields": [
     {
      "name": "allowedTransitions",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "UserState",
          "kind": "ENUM",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "currentState",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "UserState",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "session",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "Session",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "stateMetadata",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "JSON",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "User",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "AuthorizationDeniedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "SCALAR",
    "name": "Boolean",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "ChangePasswordInput",
    "fields": null,
    "inputFields": [
     {
      "name": "currentPassword",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     },
     {
      "name": "newPassword",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "Check",
    "fields": [
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "name",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "ok",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "CodeRejectedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "CompleteGoogleAuthorizationInput",
    "fields": null,
    "inputFields": [
     {
      "name": "code",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "error",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "iss",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "state",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "Credential",
    "fields": [
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "createdAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expired",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "DateTime",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "hasRefreshToken",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "health",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "TokenHealth",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "label",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "lastCheckedAt",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "DateTime",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "lastFailure",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "lastRefreshedAt",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "DateTime",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "needsRefresh",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "owner",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "User",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "provider",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Provider",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "scopes",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "String",
          "kind": "SCALAR",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "tokenId",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "valid",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "CredentialChanged",
    "fields": [
     {
      "name": "credential",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Credential",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "CredentialConnection",
    "fields": [
     {
      "name": "edges",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "CredentialEdge",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "nodes",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Credential",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "pageInfo",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "PageInfo",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "CredentialEdge",
    "fields": [
     {
      "name": "cursor",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "node",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Credential",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "CredentialNotFoundError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "CredentialResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "CredentialChanged",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "CredentialNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ReauthorizationRequiredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RefreshFailedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "SCALAR",
    "name": "DateTime",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "Done",
    "fields": [
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "ok",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "DoneResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "CodeRejectedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "Done",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidCredentialsError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "MailNotConfiguredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "MailNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "MailOverError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OperatorNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "SessionNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UserNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "WeakPasswordError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "EmailCodeFlow",
    "fields": [
     {
      "name": "attemptsLeft",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "createdAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "email",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "failure",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "FlowFailure",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "kind",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowKind",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "resendAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "status",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowStatus",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "steps",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "FlowStep",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "updatedAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "User",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "Flow",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "EmailCodeResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "EmailCodeSent",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "MailNotConfiguredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "EmailCodeSent",
    "fields": [
     {
      "name": "flow",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "EmailCodeFlow",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "SCALAR",
    "name": "Float",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INTERFACE",
    "name": "Flow",
    "fields": [
     {
      "name": "createdAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "failure",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "FlowFailure",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "kind",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowKind",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "status",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowStatus",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "steps",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "FlowStep",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "updatedAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "User",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "EmailCodeFlow",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleAuthorizationFlow",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ModalTokenFlow",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "FlowChanged",
    "fields": [
     {
      "name": "flow",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Flow",
        "kind": "INTERFACE",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "FlowConnection",
    "fields": [
     {
      "name": "edges",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "FlowEdge",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "nodes",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Flow",
          "kind": "INTERFACE",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "pageInfo",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "PageInfo",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "FlowEdge",
    "fields": [
     {
      "name": "cursor",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "node",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Flow",
        "kind": "INTERFACE",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "FlowEndedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "FlowFailure",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "ENUM",
    "name": "FlowKind",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": [
     {
      "name": "EMAIL_CODE",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "GOOGLE_AUTHORIZATION",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "MODAL_TOKEN",
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "FlowNotFoundError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "FlowResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "AuthorizationDeniedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "FlowChanged",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "FlowEndedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "FlowNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleClientRefusedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleGrantRefusedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleNotConfiguredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleTokenRejectedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleUnreachableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GrantLostError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidStateError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "ENUM",
    "name": "FlowStatus",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": [
     {
      "name": "CANCELLED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "EXPIRED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "FAILED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "PENDING",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "SUCCEEDED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "TIMED_OUT",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "WAITING",
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "FlowStep",
    "fields": [
     {
      "name": "at",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "data",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "JSON",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "name",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "ForbiddenError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "GoogleAccess",
    "fields": [
     {
      "name": "accessToken",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "scopes",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "String",
          "kind": "SCALAR",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "GoogleAccessResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "CredentialNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleAccess",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleNotConfiguredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ReauthorizationRequiredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RefreshFailedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "GoogleAuthStatus",
    "fields": [
     {
      "name": "authenticated",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "configured",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "DateTime",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expiresInHours",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Float",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "needsReauth",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "tokenValid",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "GoogleAuthorizationFlow",
    "fields": [
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "createdAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "credential",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "Credential",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "failure",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "FlowFailure",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "kind",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowKind",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "mode",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "GoogleAuthorizationMode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "redirectUri",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "URL",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "resume",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "JSON",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "scopes",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "String",
          "kind": "SCALAR",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "status",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowStatus",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "steps",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "FlowStep",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "updatedAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "User",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "Flow",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "ENUM",
    "name": "GoogleAuthorizationMode",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": [
     {
      "name": "CLI",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "WEB",
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "GoogleAuthorizationResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleAuthorizationStarted",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleNotConfiguredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "GoogleAuthorizationStarted",
    "fields": [
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "URL",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "flow",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "GoogleAuthorizationFlow",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "GoogleClientRefusedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "GoogleGrantRefusedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "GoogleImportResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "CredentialChanged",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleClientRefusedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleGrantRefusedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleNotConfiguredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleTokenRejectedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleUnreachableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "GoogleNotConfiguredError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "GoogleTokenRejectedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "GoogleUnreachableError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "GrantLostError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "SCALAR",
    "name": "ID",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "ImportGoogleCredentialInput",
    "fields": null,
    "inputFields": [
     {
      "name": "clientId",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "refreshToken",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     },
     {
      "name": "scopes",
      "type": {
       "kind": "LIST",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "NON_NULL",
        "ofType": {
         "name": "String",
         "kind": "SCALAR",
         "ofType": null
        }
       }
      },
      "defaultValue": null
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "ImportUserInput",
    "fields": null,
    "inputFields": [
     {
      "name": "createdAt",
      "type": {
       "kind": "SCALAR",
       "name": "DateTime",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "disabled",
      "type": {
       "kind": "SCALAR",
       "name": "Boolean",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "email",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "emailVerified",
      "type": {
       "kind": "SCALAR",
       "name": "Boolean",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "name",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "passwordHash",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "username",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "ImportUsersResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UsersImported",
      "ofType": null
     }
    ]
   },
   {
    "kind": "SCALAR",
    "name": "Int",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "InvalidCredentialsError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "InvalidInputError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "InvalidStateError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "SCALAR",
    "name": "JSON",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "LinkRequiresProofError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "Mail",
    "fields": [
     {
      "name": "attempts",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "createdAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "flowId",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "ID",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "lastError",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "sentAt",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "DateTime",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "status",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "MailStatus",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "subject",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "to",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "MailConnection",
    "fields": [
     {
      "name": "edges",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "MailEdge",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "nodes",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Mail",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "pageInfo",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "PageInfo",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "MailEdge",
    "fields": [
     {
      "name": "cursor",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "node",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Mail",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "MailNotConfiguredError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "MailNotFoundError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "MailOverError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "ENUM",
    "name": "MailStatus",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": [
     {
      "name": "DEAD",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "QUEUED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "RETRYING",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "SENDING",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "SENT",
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "ModalClientStatus",
    "fields": [
     {
      "name": "failure",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "FlowFailure",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "latencyMs",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Float",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "reachable",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "serverUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "warnings",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "String",
          "kind": "SCALAR",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "ModalRejectedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "ModalTokenFlow",
    "fields": [
     {
      "name": "attempt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "createdAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "credential",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "Credential",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "failure",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "FlowFailure",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "kind",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowKind",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "maxAttempts",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "pollSeconds",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "status",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowStatus",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "steps",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "FlowStep",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "tokenFlowId",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "updatedAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "User",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "webUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "workspace",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "Flow",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "ModalTokenFlowResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "FlowEndedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "FlowNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ModalRejectedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ModalTokenFlowStarted",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ModalUnreachableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "ModalTokenFlowStarted",
    "fields": [
     {
      "name": "flow",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ModalTokenFlow",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "ModalTokenInfo",
    "fields": [
     {
      "name": "createdAt",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "DateTime",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "DateTime",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "tokenId",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "tokenName",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "username",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "workspaceId",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "workspaceName",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "ModalUnreachableError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "ModalVerified",
    "fields": [
     {
      "name": "credential",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Credential",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "info",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ModalTokenInfo",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "ModalVerifyResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "CredentialNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ModalRejectedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ModalUnreachableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ModalVerified",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ReauthorizationRequiredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "Mutation",
    "fields": [
     {
      "name": "cancelFlow",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "changePassword",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ChangePasswordInput",
          "kind": "INPUT_OBJECT",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "completeGoogleAuthorization",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "CompleteGoogleAuthorizationInput",
          "kind": "INPUT_OBJECT",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "createOperator",
      "args": [
       {
        "name": "days",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": "90"
       },
       {
        "name": "name",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "String",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       },
       {
        "name": "role",
        "type": {
         "kind": "ENUM",
         "name": "OperatorRole",
         "ofType": null
        },
        "defaultValue": "OPERATE"
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "OperatorResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "deleteUser",
      "args": [
       {
        "name": "userId",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "googleAccess",
      "args": [
       {
        "name": "scopes",
        "type": {
         "kind": "LIST",
         "name": null,
         "ofType": {
          "name": null,
          "kind": "NON_NULL",
          "ofType": {
           "name": "String",
           "kind": "SCALAR",
           "ofType": null
          }
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "GoogleAccessResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "importGoogleCredential",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ImportGoogleCredentialInput",
          "kind": "INPUT_OBJECT",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "GoogleImportResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "importModalCredential",
      "args": [
       {
        "name": "tokenId",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "String",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       },
       {
        "name": "tokenSecret",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "String",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ModalVerifyResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "importUsers",
      "args": [
       {
        "name": "users",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": null,
          "kind": "LIST",
          "ofType": {
           "name": null,
           "kind": "NON_NULL",
           "ofType": {
            "name": "ImportUserInput",
            "kind": "INPUT_OBJECT",
            "ofType": null
           }
          }
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ImportUsersResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "issueGoogleNonce",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "NonceResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "refreshCredential",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "CredentialResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "refreshSession",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "RefreshSessionInput",
          "kind": "INPUT_OBJECT",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "SignInResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "register",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "RegisterInput",
          "kind": "INPUT_OBJECT",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "RegisterResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "requestEmailCode",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "RequestEmailCodeInput",
          "kind": "INPUT_OBJECT",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "EmailCodeResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "requestEmailVerification",
      "args": [
       {
        "name": "email",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "requestPasswordReset",
      "args": [
       {
        "name": "email",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "String",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "resendMail",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "resetPassword",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ResetPasswordInput",
          "kind": "INPUT_OBJECT",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "revealCredential",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "RevealResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "revokeCredential",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "CredentialResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "revokeOperator",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "revokeOtherSessions",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "revokeSession",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "revokeUserSessions",
      "args": [
       {
        "name": "userId",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "rotateSigningKey",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "setUserDisabled",
      "args": [
       {
        "name": "disabled",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "Boolean",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       },
       {
        "name": "userId",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "signInAsGuest",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "INPUT_OBJECT",
         "name": "SignInAsGuestInput",
         "ofType": null
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "SignInResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "signInWithGoogle",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "SignInWithGoogleInput",
          "kind": "INPUT_OBJECT",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "SignInResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "signInWithPassword",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "SignInWithPasswordInput",
          "kind": "INPUT_OBJECT",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "SignInResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "signOut",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "startGoogleAuthorization",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "StartGoogleAuthorizationInput",
          "kind": "INPUT_OBJECT",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "GoogleAuthorizationResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "startModalTokenFlow",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "INPUT_OBJECT",
         "name": "StartModalTokenFlowInput",
         "ofType": null
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ModalTokenFlowResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "transitionState",
      "args": [
       {
        "name": "to",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "UserState",
          "kind": "ENUM",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "StateResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "transitionUserState",
      "args": [
       {
        "name": "to",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "UserState",
          "kind": "ENUM",
          "ofType": null
         }
        },
        "defaultValue": null
       },
       {
        "name": "userId",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "StateResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "verifyEmail",
      "args": [
       {
        "name": "token",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "String",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DoneResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "verifyEmailCode",
      "args": [
       {
        "name": "input",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "VerifyEmailCodeInput",
          "kind": "INPUT_OBJECT",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "SignInResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "verifyModalCredential",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ModalVerifyResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "waitForModalTokenFlow",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowResult",
        "kind": "UNION",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "NonceIssued",
    "fields": [
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "nonce",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "NonceResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleNotConfiguredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "NonceIssued",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "Operator",
    "fields": [
     {
      "name": "createdAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "lastUsedAt",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "DateTime",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "name",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "revokedAt",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "DateTime",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "role",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "OperatorRole",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "OperatorCreated",
    "fields": [
     {
      "name": "operator",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Operator",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "token",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "OperatorNotFoundError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "OperatorResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OperatorCreated",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "ENUM",
    "name": "OperatorRole",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": [
     {
      "name": "OPERATE",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "READ",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "REVEAL",
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "OverloadedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "PageInfo",
    "fields": [
     {
      "name": "endCursor",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "hasNextPage",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "hasPreviousPage",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "startCursor",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "ProtectedData",
    "fields": [
     {
      "name": "accessTimestamp",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "ENUM",
    "name": "Provider",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": [
     {
      "name": "GOOGLE",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "MODAL",
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "Query",
    "fields": [
     {
      "name": "allSessions",
      "args": [
       {
        "name": "after",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "before",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "first",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "last",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "SessionConnection",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authState",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthState",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "credential",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "OBJECT",
       "name": "Credential",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "credentials",
      "args": [
       {
        "name": "after",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "before",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "first",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "last",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "provider",
        "type": {
         "kind": "ENUM",
         "name": "Provider",
         "ofType": null
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "CredentialConnection",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "events",
      "args": [
       {
        "name": "after",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "before",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "credentialId",
        "type": {
         "kind": "SCALAR",
         "name": "ID",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "first",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "flowId",
        "type": {
         "kind": "SCALAR",
         "name": "ID",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "last",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "types",
        "type": {
         "kind": "LIST",
         "name": null,
         "ofType": {
          "name": null,
          "kind": "NON_NULL",
          "ofType": {
           "name": "String",
           "kind": "SCALAR",
           "ofType": null
          }
         }
        },
        "defaultValue": null
       },
       {
        "name": "userId",
        "type": {
         "kind": "SCALAR",
         "name": "ID",
         "ofType": null
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthEventConnection",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "flow",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "INTERFACE",
       "name": "Flow",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "flows",
      "args": [
       {
        "name": "after",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "before",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "first",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "kind",
        "type": {
         "kind": "ENUM",
         "name": "FlowKind",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "last",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "status",
        "type": {
         "kind": "ENUM",
         "name": "FlowStatus",
         "ofType": null
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "FlowConnection",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "googleAuthStatus",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "GoogleAuthStatus",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "mails",
      "args": [
       {
        "name": "after",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "before",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "first",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "last",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "status",
        "type": {
         "kind": "ENUM",
         "name": "MailStatus",
         "ofType": null
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "MailConnection",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "metrics",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthMetrics",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "modalClient",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ModalClientStatus",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "operator",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "Operator",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "operators",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Operator",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "protectedData",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ProtectedData",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "server",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ServerInfo",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "serverHealth",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ServerHealth",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "sessions",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Session",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "stateRequirements",
      "args": [
       {
        "name": "state",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "UserState",
          "kind": "ENUM",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "StateRequirements",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "user",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "OBJECT",
       "name": "User",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "userSessions",
      "args": [
       {
        "name": "userId",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Session",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "users",
      "args": [
       {
        "name": "after",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "before",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "first",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "last",
        "type": {
         "kind": "SCALAR",
         "name": "Int",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "search",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "UserConnection",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "viewer",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "User",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "RateLimitedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "ReauthorizationRequiredError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "RecentSignInRequiredError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "RefreshFailedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "RefreshSessionInput",
    "fields": null,
    "inputFields": [
     {
      "name": "refreshToken",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "RefreshTokenReusedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "RefusedUser",
    "fields": [
     {
      "name": "index",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "reason",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "RegisterInput",
    "fields": null,
    "inputFields": [
     {
      "name": "email",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "password",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     },
     {
      "name": "username",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "RegisterResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "MailNotConfiguredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "Registered",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UsernameTakenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "WeakPasswordError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "Registered",
    "fields": [
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "signedIn",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "SignedIn",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "User",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "RequestEmailCodeInput",
    "fields": null,
    "inputFields": [
     {
      "name": "email",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "RequirementsNotMetError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "missing",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "StateRequirement",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "ResetPasswordInput",
    "fields": null,
    "inputFields": [
     {
      "name": "newPassword",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     },
     {
      "name": "token",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "RevealResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "CredentialNotFoundError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ReauthorizationRequiredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RecentSignInRequiredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RevealedCredential",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "RevealedCredential",
    "fields": [
     {
      "name": "credential",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Credential",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "secret",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "JSON",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "Sample",
    "fields": [
     {
      "name": "at",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "value",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Float",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "Series",
    "fields": [
     {
      "name": "name",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "samples",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Sample",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "unit",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "ServerHealth",
    "fields": [
     {
      "name": "checks",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Check",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "hashQueue",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "instanceId",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "jobs",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "JSON",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "recentErrors",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "AuthEvent",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "series",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Series",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "subscribers",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "tailLagSeconds",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Float",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "waitingFlows",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "ServerInfo",
    "fields": [
     {
      "name": "database",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "emulated",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "String",
          "kind": "SCALAR",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "googleConfigured",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "inboxUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "instanceId",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "mailConfigured",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "modalServerUrl",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "URL",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "startedAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "version",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "Session",
    "fields": [
     {
      "name": "createdAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "current",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "ipAddress",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "lastSeenAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "method",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthMethod",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "transport",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "SessionTransport",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "User",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "userAgent",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "SessionConnection",
    "fields": [
     {
      "name": "edges",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "SessionEdge",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "nodes",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Session",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "pageInfo",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "PageInfo",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "SessionEdge",
    "fields": [
     {
      "name": "cursor",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "node",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Session",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "SessionEndedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "SessionNotFoundError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "ENUM",
    "name": "SessionTransport",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": [
     {
      "name": "COOKIE",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "TOKENS",
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "SignInAsGuestInput",
    "fields": null,
    "inputFields": [
     {
      "name": "transport",
      "type": {
       "kind": "ENUM",
       "name": "SessionTransport",
       "ofType": null
      },
      "defaultValue": "TOKENS"
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "SignInResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "AccountDisabledError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "CodeRejectedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleNotConfiguredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleTokenRejectedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "GoogleUnreachableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidCredentialsError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "LinkRequiresProofError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RecentSignInRequiredError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RefreshTokenReusedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "SessionEndedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "SignedIn",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "SignInWithGoogleInput",
    "fields": null,
    "inputFields": [
     {
      "name": "nonce",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "token",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     },
     {
      "name": "transport",
      "type": {
       "kind": "ENUM",
       "name": "SessionTransport",
       "ofType": null
      },
      "defaultValue": "COOKIE"
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "SignInWithPasswordInput",
    "fields": null,
    "inputFields": [
     {
      "name": "identifier",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     },
     {
      "name": "password",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     },
     {
      "name": "transport",
      "type": {
       "kind": "ENUM",
       "name": "SessionTransport",
       "ofType": null
      },
      "defaultValue": "TOKENS"
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "SignedIn",
    "fields": [
     {
      "name": "session",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Session",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "tokens",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "TokenPair",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "User",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "StartGoogleAuthorizationInput",
    "fields": null,
    "inputFields": [
     {
      "name": "mode",
      "type": {
       "kind": "ENUM",
       "name": "GoogleAuthorizationMode",
       "ofType": null
      },
      "defaultValue": "WEB"
     },
     {
      "name": "redirectUri",
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "resume",
      "type": {
       "kind": "SCALAR",
       "name": "JSON",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "returnTo",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": null
     },
     {
      "name": "scopes",
      "type": {
       "kind": "LIST",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "NON_NULL",
        "ofType": {
         "name": "String",
         "kind": "SCALAR",
         "ofType": null
        }
       }
      },
      "defaultValue": null
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "StartModalTokenFlowInput",
    "fields": null,
    "inputFields": [
     {
      "name": "expiresInSeconds",
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "defaultValue": "0"
     },
     {
      "name": "localhostPort",
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "defaultValue": "0"
     },
     {
      "name": "nextUrl",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": "\"\""
     },
     {
      "name": "utmSource",
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "defaultValue": "\"\""
     },
     {
      "name": "wait",
      "type": {
       "kind": "SCALAR",
       "name": "Boolean",
       "ofType": null
      },
      "defaultValue": "true"
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "StateChanged",
    "fields": [
     {
      "name": "authState",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthState",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "StateRequirement",
    "fields": [
     {
      "name": "description",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "name",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "satisfied",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "StateRequirements",
    "fields": [
     {
      "name": "requirements",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "StateRequirement",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "satisfied",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "state",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "UserState",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "UNION",
    "name": "StateResult",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "ForbiddenError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvalidInputError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "OverloadedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimitedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RequirementsNotMetError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "StateChanged",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "TransitionNotAllowedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnauthenticatedError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UnavailableError",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "UserNotFoundError",
      "ofType": null
     }
    ]
   },
   {
    "kind": "SCALAR",
    "name": "String",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "Subscription",
    "fields": [
     {
      "name": "authState",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthState",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "events",
      "args": [
       {
        "name": "after",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "credentialId",
        "type": {
         "kind": "SCALAR",
         "name": "ID",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "flowId",
        "type": {
         "kind": "SCALAR",
         "name": "ID",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "types",
        "type": {
         "kind": "LIST",
         "name": null,
         "ofType": {
          "name": null,
          "kind": "NON_NULL",
          "ofType": {
           "name": "String",
           "kind": "SCALAR",
           "ofType": null
          }
         }
        },
        "defaultValue": null
       },
       {
        "name": "userId",
        "type": {
         "kind": "SCALAR",
         "name": "ID",
         "ofType": null
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthEvent",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "flow",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Flow",
        "kind": "INTERFACE",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "mails",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Mail",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "modalTokenFlow",
      "args": [
       {
        "name": "id",
        "type": {
         "kind": "NON_NULL",
         "name": null,
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ModalTokenFlow",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "serverHealth",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ServerHealth",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "tokenHealth",
      "args": [
       {
        "name": "after",
        "type": {
         "kind": "SCALAR",
         "name": "String",
         "ofType": null
        },
        "defaultValue": null
       },
       {
        "name": "credentialId",
        "type": {
         "kind": "SCALAR",
         "name": "ID",
         "ofType": null
        },
        "defaultValue": null
       }
      ],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "TokenHealthEvent",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "ENUM",
    "name": "TokenHealth",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": [
     {
      "name": "EXPIRED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "EXPIRING",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "HEALTHY",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "REAUTHORIZATION_REQUIRED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "REVOKED",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "UNKNOWN",
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "TokenHealthEvent",
    "fields": [
     {
      "name": "at",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "credential",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Credential",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "current",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "TokenHealth",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "cursor",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "previous",
      "args": [],
      "type": {
       "kind": "ENUM",
       "name": "TokenHealth",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "reason",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "TokenPair",
    "fields": [
     {
      "name": "accessToken",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "accessTokenExpiresAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "refreshToken",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "refreshTokenExpiresAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "tokenType",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "TransitionNotAllowedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "SCALAR",
    "name": "URL",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "UnauthenticatedError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "UnavailableError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "User",
    "fields": [
     {
      "name": "allowedTransitions",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "UserState",
          "kind": "ENUM",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "createdAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTime",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "disabled",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "email",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "emailVerified",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "isGuest",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "lastSignInAt",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "DateTime",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "methods",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "AuthMethod",
          "kind": "ENUM",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "name",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "pictureUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "state",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "UserState",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "stateMetadata",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "JSON",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "username",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "UserConnection",
    "fields": [
     {
      "name": "edges",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "UserEdge",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "nodes",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "User",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "pageInfo",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "PageInfo",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "totalCount",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "UserEdge",
    "fields": [
     {
      "name": "cursor",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "node",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "User",
        "kind": "OBJECT",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "UserNotFoundError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "ENUM",
    "name": "UserState",
    "fields": null,
    "inputFields": null,
    "interfaces": null,
    "enumValues": [
     {
      "name": "AUTH",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "PAYMENT",
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "VISITOR",
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "UsernameTakenError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "UsersImported",
    "fields": [
     {
      "name": "added",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Int",
          "kind": "SCALAR",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "bad",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "RefusedUser",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "existing",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Int",
          "kind": "SCALAR",
          "ofType": null
         }
        }
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [],
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "INPUT_OBJECT",
    "name": "VerifyEmailCodeInput",
    "fields": null,
    "inputFields": [
     {
      "name": "code",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     },
     {
      "name": "flowId",
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "defaultValue": null
     },
     {
      "name": "transport",
      "type": {
       "kind": "ENUM",
       "name": "SessionTransport",
       "ofType": null
      },
      "defaultValue": "TOKENS"
     }
    ],
    "interfaces": null,
    "enumValues": null,
    "possibleTypes": null
   },
   {
    "kind": "OBJECT",
    "name": "WeakPasswordError",
    "fields": [
     {
      "name": "actionRequired",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "authorizationUrl",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "URL",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AuthErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      },
      "isDeprecated": false,
      "deprecationReason": null
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "Int",
       "ofType": null
      },
      "isDeprecated": false,
      "deprecationReason": null
     }
    ],
    "inputFields": null,
    "interfaces": [
     {
      "kind": "INTERFACE",
      "name": "AuthError",
      "ofType": null
     }
    ],
    "enumValues": null,
    "possibleTypes": null
   }
  ],
  "directives": []
 }
};
