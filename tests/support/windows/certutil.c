/* Stands for Windows's certutil.exe, which Wine lacks: the user's own store of trusted roots.
 *
 * "-user -f -addstore Root FILE", "-user -delstore Root SHA1" and "-user -store Root SHA1" do what
 * they do there, without the window that asks the user; the exit status is 1 when they cannot.
 */
#include <windows.h>
#include <wincrypt.h>
#include <wchar.h>

#define MOST 65536

static int add(HCERTSTORE store, const wchar_t *name)
{
    static char text[MOST];
    static BYTE content[MOST];
    DWORD read = 0, size = sizeof content;
    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    return ReadFile(file, text, sizeof text, &read, NULL)
        && CryptStringToBinaryA(text, read, CRYPT_STRING_BASE64HEADER, content, &size, NULL, NULL)
        && CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, content, size,
                                            CERT_STORE_ADD_REPLACE_EXISTING, NULL);
}

static PCCERT_CONTEXT find(HCERTSTORE store, const wchar_t *digits)
{
    BYTE hash[20];
    CRYPT_HASH_BLOB wanted = {sizeof hash, hash};
    if (!CryptStringToBinaryW(digits, 0, CRYPT_STRING_HEXRAW, hash, &wanted.cbData, NULL, NULL))
        return NULL;
    return CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &wanted,
                                      NULL);
}

int wmain(int count, wchar_t **words)
{
    const wchar_t *wish = count > 3 ? words[count - 3] : L"", *what = words[count - 1];
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_REGISTRY_W, 0, 0,
                                     CERT_SYSTEM_STORE_CURRENT_USER, L"Root");
    PCCERT_CONTEXT found = NULL;
    int is_done = 0;
    if (!wcscmp(wish, L"-addstore"))
        is_done = add(store, what);
    else if ((found = find(store, what)) != NULL)
        is_done = wcscmp(wish, L"-delstore") || CertDeleteCertificateFromStore(found);
    CertCloseStore(store, 0);
    return !is_done;
}
