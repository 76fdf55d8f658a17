// A provider of single sign-on for tests: the certified `oidc-provider`, on loopback, at the tests' time.
//
// It serves people of any tenant and believes whoever says who they are. Its one argument is JSON: `now` in
// seconds, `client_id`, `secret`, `back` (where people are sent back to) and `issuers`, how many there are.
// A form sent to `/now` sets the clock. It prints the issuers, one JSON list on one line.
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

const asked = JSON.parse(process.argv[2])
let ahead = asked.now * 1000 - Date.now()
const Real = Date
globalThis.Date = class extends Real {
  constructor (...parts) {
    super(...(parts.length ? parts : [Real.now() + ahead]))
  }

  static now () {
    return Real.now() + ahead
  }
}
const { Provider } = await import('oidc-provider')
const people = new Map()
const YEARS = 20 * 366 * 24 * 60 * 60

const page = (uid, who) => `<!doctype html><title>Provider</title><h1>Provider</h1>
<form method="post" action="/sign-in/${uid}">
${['subject', 'tenant', 'email'].map((name) => `<label>${name} <input name="${name}"></label>`).join('')}
<label>amr <input name="amr" value="pwd"></label>
<button>Sign in</button> <button name="turn_back" value="yes">Turn back</button>
</form><p>${who}</p>`

async function read (request) {
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  return Object.fromEntries(new URLSearchParams(Buffer.concat(pieces).toString()))
}

// Of two providers the second takes the portal's secret in the form.
async function start (method) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Another host than the portal's, so another site to browsers.
  const issuer = `http://localhost:${server.address().port}`
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const provider = new Provider(issuer, {
    clients: [{
      client_id: asked.client_id,
      client_secret: asked.secret,
      redirect_uris: [asked.back],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: method
    }],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['tests'] },
    // Said to whoever asks for anything: the portal must not look at more than the subject and the tenant.
    claims: { openid: ['sub', 'tid', 'email', 'email_verified', 'amr'] },
    conformIdTokenClaims: false,
    // Browsers keep their own time, which may be years after the tests'.
    ttl: { Interaction: YEARS, Session: YEARS, Grant: YEARS, IdToken: 600 },
    clientAuthMethods: [method],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ email_verified: true, ...people.get(id) })
    }),
    // Nobody is asked whether the portal may know who they are.
    loadExistingGrant: async (context) => {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId
      })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    }
  })
  const serve = provider.callback()
  server.on('request', async (request, response) => {
    if (request.url === '/now') {
      ahead = Number((await read(request)).now) * 1000 - Real.now()
      return response.end()
    }
    if (!request.url.startsWith('/sign-in/')) return serve(request, response)
    const { uid } = await provider.interactionDetails(request, response)
    if (request.method !== 'POST') {
      response.setHeader('Content-Type', 'text/html; charset=utf-8')
      return response.end(page(uid, issuer))
    }
    const said = await read(request)
    const amr = said.amr.split(' ')
    people.set(said.subject, { sub: said.subject, tid: said.tenant, email: said.email, amr })
    const result = said.turn_back ? { error: 'access_denied' } : { login: { accountId: said.subject, amr } }
    await provider.interactionFinished(request, response, result)
  })
  return issuer
}

const issuers = []
for (const method of ['client_secret_basic', 'client_secret_post'].slice(0, asked.issuers)) {
  issuers.push(await start(method))
}
console.log(JSON.stringify(issuers))
