import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterAccess } from './cluster-access';
import { defaultKubeconfig, kubeconfigAccess } from './kubeconfig';
import { serviceAccountAccess } from './service-account';

describe('access to the API server', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(user: object, name = 'config'): string {
    const file = join(folder, name);
    const config = {
      'current-context': 'one',
      contexts: [{ name: 'one', context: { cluster: 'c', user: 'u' } }],
      clusters: [
        { name: 'c', cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority': 'ca.crt' } },
      ],
      users: [{ name: 'u', user }],
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  it('is by token, by token file beside the kubeconfig, or by the token that a program prints', async () => {
    const token = (user: object): Promise<string | undefined> =>
      new ClusterAccess(kubeconfigAccess(write(user), undefined, { PATH: process.env.PATH })).token();
    expect(await token({ token: 'plain' })).toBe('plain');
    writeFileSync(join(folder, 'token'), 'from-file\n');
    expect(await token({ tokenFile: 'token' })).toBe('from-file');
    const script = join(folder, 'plugin');
    writeFileSync(script, '#!/bin/sh\necho "{\\"status\\": {\\"token\\": \\"$GREETING from $1\\"}}"\n');
    chmodSync(script, 0o755);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: script,
      args: ['plugin'],
      env: [{ name: 'GREETING', value: 'hi' }],
    };
    expect(await token({ exec })).toBe('hi from plugin');
    await expect(token({ exec: { ...exec, command: join(folder, 'none') } })).rejects.toMatchObject({
      reason: 'credentials',
    });
  });

  it('reads a token file again after a minute, and at once when the token was refused', async () => {
    writeFileSync(join(folder, 'token'), '1');
    let nowMillis = 0;
    const access = new ClusterAccess(
      kubeconfigAccess(write({ tokenFile: 'token' }), undefined, {}),
      () => nowMillis,
    );
    expect(await access.token()).toBe('1');
    writeFileSync(join(folder, 'token'), '2');
    nowMillis = 59_999;
    expect(await access.token()).toBe('1');
    nowMillis = 60_000;
    expect(await access.token()).toBe('2');
    writeFileSync(join(folder, 'token'), '3');
    access.invalidate();
    expect(await access.token()).toBe('3');
  });

  it('has a new agent when a certificate was renewed, and only then', () => {
    writeFileSync(join(folder, 'ca.crt'), 'one');
    const access = new ClusterAccess(kubeconfigAccess(write({}), undefined, {}));
    const agent = access.agent();
    access.invalidate();
    expect(access.agent()).toBe(agent);
    writeFileSync(join(folder, 'ca.crt'), 'two');
    access.invalidate();
    expect(access.agent()).not.toBe(agent);
    rmSync(join(folder, 'ca.crt'));
    access.invalidate();
    expect(() => access.agent()).toThrow(/the CA certificate cannot be read/);
  });

  it('says in one line what is wrong with the file', () => {
    expect(() => kubeconfigAccess(join(folder, 'none'), undefined, {})).toThrow(
      /none: .*can be read \(ENOENT\)/,
    );
    expect(() => kubeconfigAccess(write({}), 'on', {})).toThrow(
      /contexts: got "on", expected one of the contexts one \(did you mean "one"\?\)/,
    );
    expect(defaultKubeconfig({ KUBECONFIG: ':/a:/b' })).toBe('/a');
  });

  it('is by the service account in a pod, and needs one', async () => {
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    expect(() => serviceAccountAccess('a.yaml', {}, folder)).toThrow(
      /authType: got "serviceAccount", expected kubeConfig, or a pod/,
    );
    expect(() => serviceAccountAccess('a.yaml', env, folder)).toThrow(/automountServiceAccountToken/);
    writeFileSync(join(folder, 'token'), 'bound');
    const access = new ClusterAccess(serviceAccountAccess('a.yaml', env, folder));
    expect(access.server.href).toBe('https://[fd00::1]/');
    expect(await access.token()).toBe('bound');
  });
});
